"""The Bazel file covers every file of the repository, and names nothing that is not there."""

import ast
import collections
import dataclasses
import pathlib
import re
import runpy
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PYTHON = [
    path.relative_to(ROOT).as_posix()
    for folder in ("kfdiv", "examples", "benchmarks", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
# What Starlark has of Python's grammar at the top level of a BUILD file.
STARLARK = (
    ast.Module | ast.Expr | ast.Assign | ast.Name | ast.Load | ast.Store | ast.Constant | ast.Call
    | ast.keyword | ast.List | ast.Tuple | ast.Dict | ast.BinOp | ast.Add | ast.Mod | ast.ListComp
    | ast.comprehension | ast.Subscript | ast.Slice | ast.UnaryOp | ast.USub
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Build:
    """What evaluating a BUILD file gives: its rules by name, and the globs that matched nothing."""

    rules: dict[str, dict[str, Any]]
    loads: dict[str, str]
    empty_globs: list[str]

    def of_kind(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: rule for name, rule in self.rules.items() if rule["kind"] == kind}


def evaluate(text: str) -> Build:
    """Evaluate a BUILD file as Bazel does, with rules that write down their arguments."""
    rules, loads, empty_globs = {}, {}, []

    def rule(kind):
        def declare(name, **attributes):
            if name in rules:
                raise ValueError(f"two rules are named {name}")
            rules[name] = {"kind": kind, **attributes}

        return declare

    def glob(include, exclude=()):
        def match(pattern):
            paths = [path for path in ROOT.glob(pattern) if path.is_file()]
            if not paths:
                empty_globs.append(pattern)
            return {path.relative_to(ROOT).as_posix() for path in paths}

        included = set().union(*map(match, include))
        return sorted(included.difference(*map(match, exclude)))

    def load(label, *symbols):
        for symbol in symbols:
            loads[symbol] = label
            if label == "@pypi//:requirements.bzl":
                scope[symbol] = lambda name: f"@pypi//{name}"
            else:
                scope[symbol] = rule(symbol)

    def package(**_):
        pass

    scope = {"__builtins__": {"len": len}, "True": True}
    scope |= {"load": load, "glob": glob, "package": package}
    exec(compile(text, "BUILD", "exec"), scope)
    return Build(rules, loads, empty_globs)


@pytest.fixture(scope="module")
def build():
    return evaluate((ROOT / "BUILD").read_text(encoding="utf-8"))


def is_program(path):
    """Whether a file is there to be run: it has a main block, or calls but no definitions."""
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    tests = [ast.unparse(node.test) for node in body if isinstance(node, ast.If)]
    definitions = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    calls = [
        node for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    return "__name__ == '__main__'" in tests or (bool(calls) and not definitions)


def normalised(requirement):
    """The name of a requirement, as packaging tools compare names."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement).group()
    return re.sub(r"[-_.]+", "-", name).lower()


def test_it_is_starlark():
    tree = ast.parse((ROOT / "BUILD").read_text(encoding="utf-8"))
    foreign = [node for node in ast.walk(tree) if not isinstance(node, STARLARK)]
    assert [f"{type(node).__name__} at line {node.lineno}" for node in foreign] == []


def test_rules_come_from_rules_python(build):
    assert build.loads == {
        "requirement": "@pypi//:requirements.bzl",
        "py_binary": "@rules_python//python:defs.bzl",
        "py_library": "@rules_python//python:defs.bzl",
        "py_test": "@rules_python//python:defs.bzl",
    }
    module = (ROOT / "MODULE.bazel").read_text(encoding="utf-8")
    assert 'bazel_dep(name = "rules_python"' in module
    assert 'use_repo(pip, "pypi")' in module


def test_every_glob_matches_something(build):
    assert build.empty_globs == []


def test_every_file_and_label_exists(build):
    missing = []
    for name, rule in build.rules.items():
        files = [*rule.get("srcs", ()), *rule.get("data", ())]
        files += [rule["main"]] if "main" in rule else []
        missing += [f"{name}: {file}" for file in files if not (ROOT / file).is_file()]
        labels = [label for label in rule.get("deps", ()) if label.startswith(":")]
        missing += [f"{name}: {label}" for label in labels if label[1:] not in build.rules]
    assert missing == []


def test_a_program_s_main_is_among_its_sources(build):
    programs = build.of_kind("py_binary") | build.of_kind("py_test")
    assert [name for name, rule in programs.items() if rule["main"] not in rule["srcs"]] == []


def test_every_python_file_is_in_a_library_or_a_test(build):
    holders = build.of_kind("py_library") | build.of_kind("py_test")
    covered = {file for rule in holders.values() for file in rule["srcs"]}
    assert sorted(set(PYTHON) - covered) == []


def test_every_test_file_is_run_once(build):
    expected = [file for file in PYTHON if pathlib.Path(file).name.startswith("test_")]
    run = collections.Counter()
    for name, rule in build.of_kind("py_test").items():
        assert is_program(rule["main"]), f"{name} would pass without running a test"
        run.update(rule["args"])
    assert run == collections.Counter([*expected, "kfdiv"])


def test_programs_and_binaries_are_the_same_files(build):
    scripts = [file for file in PYTHON if not file.startswith("tests/") and is_program(file)]
    binaries = [rule["main"] for rule in build.of_kind("py_binary").values()]
    assert sorted(binaries) == sorted(scripts)


def test_every_library_is_used(build):
    used = {label[1:] for rule in build.rules.values() for label in rule.get("deps", ())}
    assert set(build.of_kind("py_library")) - used == set()


def test_tests_can_import_every_library(build):
    others = {f":{name}" for name in build.of_kind("py_library")} - {":test_support"}
    assert others <= set(build.rules["test_support"]["deps"])
    assert all(rule["deps"] == [":test_support"] for rule in build.of_kind("py_test").values())


def test_third_party_packages_are_those_of_setup_py(build):
    setup = runpy.run_path(str(ROOT / "setup.py"))
    prefix = "@pypi//"

    def packages(rule):
        return {normalised(dep.removeprefix(prefix)) for dep in rule["deps"] if prefix in dep}

    assert packages(build.rules["kfdiv"]) == set(map(normalised, setup["INSTALL_REQUIRES"]))
    of_tests = packages(build.rules["test_support"])
    assert of_tests <= set(map(normalised, setup["EXTRAS_REQUIRE"]["test"]))
    lock = (ROOT / "requirements_lock.txt").read_text(encoding="utf-8").splitlines()
    locked = {normalised(line) for line in lock if not line.startswith("#")}
    assert packages(build.rules["kfdiv"]) | of_tests <= locked


def test_the_evaluation_sees_mistakes():
    with pytest.raises(ValueError, match="two rules are named a"):
        evaluate('load("@x//:y.bzl", "py_test")\npy_test(name = "a")\npy_test(name = "a")')
    assert evaluate('x = glob(["nowhere/*.py"])').empty_globs == ["nowhere/*.py"]
