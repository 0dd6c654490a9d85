"""A folder a paper, a script a table or figure, and nothing of them untold."""

import ast
import importlib
import json
import pathlib
import re
import shlex

import pytest

from examples.reports.papers import sections

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PAPERS = sorted(
    path.parent
    for path in EXAMPLES.glob("*/__init__.py")
    if path.parent.name not in ("lib", "reports")
)
SCRIPTS = sorted(
    path for paper in PAPERS for path in paper.glob("*.py") if path.name != "__init__.py"
)
RECORDS = sorted(path for path in ROOT.glob("results/*/*.json") if path.parent.name != "benchmarks")


def name(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_a_paper_s_docstring_says_what_each_script_shows(paper):
    told = importlib.import_module(f"examples.{paper.name}").__doc__
    lines = re.findall(r"^- `(\w+)`: \S", told, re.MULTILINE)
    assert sorted(lines) == [path.stem for path in SCRIPTS if path.parent == paper]


def test_every_script_has_a_section_of_its_name():
    names = [path.stem for path in SCRIPTS]
    assert sorted(names) == sorted(sections())


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_a_script_s_docstring_has_its_command(script):
    told = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
    assert f"    python -m examples.{script.parent.name}.{script.stem} " in told


def defined_flags(script):
    """The flags of a script and of what it shares, read off the source."""
    files = [script, *(EXAMPLES / "lib").glob("*.py")]
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in files
        if path == script or re.search(rf"\b{path.stem}\b", script.read_text(encoding="utf-8"))
    )
    return set(re.findall(r'flags\.DEFINE_\w+\(\s*"(\w+)"', source))


@pytest.mark.parametrize("path", RECORDS, ids=name)
def test_a_recorded_command_can_be_given_again(path):
    command = json.loads(path.read_text(encoding="utf-8"))["command"]
    python, m, module, *arguments = shlex.split(command)
    assert (python, m) == ("python", "-m")
    script = ROOT / f"{module.replace('.', '/')}.py"
    assert script in SCRIPTS
    assert script.stem == path.stem
    given = {argument.removeprefix("--").partition("=")[0] for argument in arguments}
    assert given <= defined_flags(script)
