"""The pages of docs/: their Python runs, their links lead somewhere, nothing is left out."""

import ast
import importlib
import pathlib
import re
import runpy
import types

import pytest

import kfdiv
from tests import pages

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
WITH_PYTHON = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.py"))
CONFIG = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
# mkdocs, which the hooks import, is not among the packages of the tests.
HOOKS = ast.parse((DOCS / "tools" / "hooks.py").read_text(encoding="utf-8"))
OUTSIDE = next(
    ast.literal_eval(node.value)
    for node in HOOKS.body
    if isinstance(node, ast.Assign) and node.targets[0].id == "OUTSIDE"
)
ENTRY = re.compile(r"^::: (\S+)\n(?:    options:\n      members: \[([^\]]*)\])?", re.MULTILINE)


def name_of(path):
    return path.relative_to(DOCS).as_posix()


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_python_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pages.take_one_step(monkeypatch)
    with pages.undone(monkeypatch):
        pages.run(page, page.read_text(encoding="utf-8"))


@pytest.mark.rehearsal
@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_python_blocks_run_in_full(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pages.undone(monkeypatch):
        pages.run(page, page.read_text(encoding="utf-8"), (None, "rehearsal"))


@pytest.mark.rehearsal
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_notebooks_run(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(notebook))


@pytest.mark.parametrize("page", PAGES + NOTEBOOKS, ids=name_of)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = set(pages.LINK.findall(text))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_navigation_has_every_page():
    named = set(re.findall(r"^ +- [^:\n]+: (\S+\.(?:md|py))$", CONFIG, re.MULTILINE))
    there = {name_of(page) for page in PAGES + NOTEBOOKS}
    assert named == there | set(OUTSIDE)


def first_cells(page, heading):
    """The names in the first column of the table below a heading."""
    section = (
        (DOCS / page).read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    )
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return {name for cell in cells for name in re.findall(r"`(\w+)", cell)}


def test_the_table_of_estimators_has_all():
    classes = {cls.__name__ for cls in kfdiv.models.registry.values()}
    assert first_cells("choose_an_estimator.md", "One table") == classes


def test_the_table_of_divergences_has_all():
    names = set(kfdiv.divergences.registry.names())
    assert first_cells("choose_a_divergence.md", "What they do") == names


def entries(page):
    return ENTRY.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", sorted((DOCS / "api").glob("*.md")), ids=name_of)
def test_the_api_names_what_there_is(page):
    for path, members in entries(page):
        module, _, name = path.rpartition(".")
        found = getattr(importlib.import_module(module), name)
        for member in filter(None, members.split(", ")):
            declared = member in getattr(found, "__annotations__", ())
            assert declared or hasattr(found, member), f"{path} has no {member}"


def test_the_api_has_everything_public():
    shown = {path for page in (DOCS / "api").glob("*.md") for path, _ in entries(page)}
    packages = [getattr(kfdiv, name) for name in kfdiv.__all__ if name != "__version__"]
    public = {
        f"{package.__name__}.{name}"
        for package in packages
        for name in getattr(package, "__all__", ())
        if isinstance(getattr(package, name), type | types.FunctionType)
    }
    assert sorted(public - shown) == []


def test_links_to_other_hosts_are_found(tmp_path):
    links = runpy.run_path(str(DOCS / "tools" / "links.py"))
    page = '<a href="https://example.org/a#b">a</a> <a href="b.html">b</a> <link href="http://x">'
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert links["external"](tmp_path) == {"https://example.org/a": ["a.html"]}
