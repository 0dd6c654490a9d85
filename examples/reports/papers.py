"""The papers that RESULTS.md has sections of, found as the modules `report_<paper>`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import NamedTuple

from examples import reports
from examples.reports.tables import Record

PREFIX = "report_"


class Section(NamedTuple):
    """What RESULTS.md says of an example.

    Attributes:
        title: of the section.
        body: from the example's record to the text.
    """

    title: str
    body: Callable[[Record], str]


class Paper(NamedTuple):
    """A paper and the sections of its examples.

    Attributes:
        citation: who, when, and what.
        place: RESULTS.md has the papers in the order of these numbers.
        sections: by the example's name.
    """

    citation: str
    place: int
    sections: Mapping[str, Section]


def papers() -> list[Paper]:
    """Return every paper, in order: the `PAPER` of each module `report_<paper>` here."""
    names = [module.name for module in pkgutil.iter_modules(reports.__path__)]
    modules = [
        importlib.import_module(f"{reports.__name__}.{name}")
        for name in names
        if name.startswith(PREFIX)
    ]
    return sorted((module.PAPER for module in modules), key=lambda paper: paper.place)


def sections() -> dict[str, Section]:
    """Return every section by the name of its example, in order.

    Raises:
        ValueError: if two papers have one of the same name.
    """
    found: dict[str, Section] = {}
    for paper in papers():
        twice = found.keys() & paper.sections.keys()
        if twice:
            raise ValueError(f"Two papers have sections for {', '.join(sorted(twice))}.")
        found |= paper.sections
    return found
