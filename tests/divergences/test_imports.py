"""Imports among the divergences run one way."""

from __future__ import annotations

import ast
import graphlib
import pathlib

import pytest

from kfdiv import divergences

PACKAGE = "kfdiv.divergences"
MODULES = {path.stem: path for path in pathlib.Path(divergences.__file__).parent.glob("*.py")}


def imports(node):
    return [child for child in ast.walk(node) if isinstance(child, ast.Import | ast.ImportFrom)]


def imported(module):
    """Return the modules of the package that one imports, whether for types only or not."""
    names = set()
    for node in imports(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative path"
            paths = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        else:
            paths = [alias.name for alias in node.names]
        names |= {path.removeprefix(f"{PACKAGE}.") for path in paths}
    return names & set(MODULES) - {"__init__"}


@pytest.mark.parametrize("module", MODULES)
def test_all_stand_at_the_top(module):
    tree = ast.parse(MODULES[module].read_text())
    nested = [node.lineno for node in imports(tree) if node not in tree.body]
    assert not nested, f"{module}.py imports inside something at lines {nested}"


def test_there_is_no_circle():
    graph = {module: imported(module) for module in MODULES if module != "__init__"}
    assert graph["custom"] > {"divergence", "generator"}
    order = list(graphlib.TopologicalSorter(graph).static_order())  # Raises at a circle.
    assert set(order) == set(graph)
