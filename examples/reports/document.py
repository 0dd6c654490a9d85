"""RESULTS.md from the JSON files of a folder."""

from __future__ import annotations

import json
import pathlib
import textwrap

from examples.reports.papers import Section, papers, sections
from examples.reports.tables import listing, table

BENCHMARKS = "benchmarks"


def document(results: pathlib.Path, beside: pathlib.Path) -> str:
    """Return RESULTS.md for a folder of results.

    Args:
        results: has a folder for each run with its `<example>.json`, and one of benchmarks.
        beside: the folder of RESULTS.md, which links are relative to.
    """
    known = sections()
    order = list(known)
    found = [path for path in results.glob("*/*.json") if path.parent.name != BENCHMARKS]
    runs = [path for path in found if path.stem in known]
    runs.sort(key=lambda path: (order.index(path.stem), path.parent.name))
    parts = [run(path, known[path.stem], beside) for path in runs]
    parts += [benchmark(path, beside) for path in sorted(results.glob(f"{BENCHMARKS}/*.json"))]
    return "\n\n".join([head(), *parts]) + "\n"


def head() -> str:
    """Return what stands above the sections."""
    *others, last = (paper.citation for paper in papers())
    cited = f"{', '.join(others)} and {last}"
    text = (
        f"What the examples and benchmarks measured, beside the figures of {cited}. "
        "`make results` writes this file from the JSON under `results/`; the command in each "
        "section makes that JSON again."
    )
    return "# Results\n\n" + textwrap.fill(text, 100, break_long_words=False)


def run(path: pathlib.Path, section: Section, beside: pathlib.Path) -> str:
    """Return the section of one run of an example."""
    record = json.loads(path.read_text(encoding="utf-8"))
    # A run kept in a folder of another name has settings of its own.
    other = path.parent.name.removeprefix(path.stem).strip("_")
    title = section.title + (f": {other.replace('_', ' ')}" if other else "")
    date = f"Run on {record['date']}."
    parts = [f"## {title}", f"    {record['command']}", f"{date} {section.body(record)}"]
    return "\n\n".join([*parts, *picture(path, title, beside)])


def benchmark(path: pathlib.Path, beside: pathlib.Path) -> str:
    """Return the section of one benchmark: its note, the table that it printed, its picture."""
    record = json.loads(path.read_text(encoding="utf-8"))
    body = table(record["table"]["header"], record["table"]["rows"])
    machine = listing(record["machine"])
    note = f"Run on {record['date']}. Machine: {machine}. Median (lowest-highest)."
    title = record["benchmark"].replace("_", " ")
    parts = [f"## Benchmark: {title}", f"    {record['command']}", note]
    parts += [record["note"]] if "note" in record else []
    return "\n\n".join([*parts, body, *picture(path, title, beside)])


def picture(path: pathlib.Path, title: str, beside: pathlib.Path) -> list[str]:
    """Return the picture beside a JSON file, if there is one."""
    image = path.with_suffix(".png")
    return [f"![{title}]({image.relative_to(beside).as_posix()})"] if image.exists() else []
