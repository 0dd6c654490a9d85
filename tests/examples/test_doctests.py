"""The examples in the docstrings of what the scripts share."""

import doctest
import importlib
import pkgutil

import pytest

from examples import lib, reports

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# These are programs, or define flags.
PROGRAMS = {"examples.reports.report", "examples.lib.photographs"}
MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (lib, reports)
    for module in pkgutil.iter_modules(package.__path__)
]


@pytest.mark.parametrize("module", [name for name in MODULES if name not in PROGRAMS])
def test_docstrings(module):
    found = doctest.testmod(importlib.import_module(module), optionflags=OPTIONS)
    assert found.failed == 0
