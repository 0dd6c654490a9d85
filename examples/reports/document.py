"""RESULTS.md from the JSON files of a folder."""

from __future__ import annotations

import os
import pathlib
import textwrap
from collections.abc import Callable

from examples.reports.papers import Section, papers, sections
from examples.reports.tables import Record, listing, table
from kfdiv import files

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
    if not parts:
        raise FileNotFoundError(
            f"{results} has no results: expected RUN/EXAMPLE.json, as an example leaves it in "
            "--results=results/RUN, or benchmarks/NAME.json."
        )
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
    return _of(path, lambda record: _run(path, record, section, beside))


def _run(path: pathlib.Path, record: Record, section: Section, beside: pathlib.Path) -> str:
    # A run kept in a folder of another name has settings of its own.
    other = path.parent.name.removeprefix(path.stem).strip("_")
    title = section.title + (f": {other.replace('_', ' ')}" if other else "")
    date = f"Run on {record['date']}."
    if record.get("mock"):
        date += " **A rehearsal on invented images: no figure means anything.**"
    body = section.body(record)
    # A table is no sentence of the paragraph before it.
    text = f"{date}\n\n{body}" if body.startswith("|") else f"{date} {body}"
    parts = [f"## {title}", f"    {record['command']}", text]
    return "\n\n".join([*parts, *picture(path, title, beside)])


def benchmark(path: pathlib.Path, beside: pathlib.Path) -> str:
    """Return the section of one benchmark: its note, the table that it printed, its picture."""
    return _of(path, lambda record: _benchmark(path, record, beside))


def _benchmark(path: pathlib.Path, record: Record, beside: pathlib.Path) -> str:
    body = table(record["table"]["header"], record["table"]["rows"])
    machine = listing(record["machine"])
    note = f"Run on {record['date']}. Machine: {machine}. Median (lowest-highest)."
    title = record["benchmark"].replace("_", " ")
    parts = [f"## Benchmark: {title}", f"    {record['command']}", note]
    parts += [record["note"]] if "note" in record else []
    return "\n\n".join([*parts, body, *picture(path, title, beside)])


def _of(path: pathlib.Path, section: Callable[[Record], str]) -> str:
    """Return what a file's record gives, or raise an error that names the file."""
    try:
        return section(files.read_json(path))
    except (LookupError, TypeError, ValueError) as error:
        told = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f"{path} is not what its example or benchmark writes: {told}. Run that again, or move "
            "the file away."
        ) from error


def picture(path: pathlib.Path, title: str, beside: pathlib.Path) -> list[str]:
    """Return the picture beside a JSON file, if there is one."""
    image = path.with_suffix(".png")
    if not image.exists():
        return []
    link = pathlib.Path(os.path.relpath(image, beside)).as_posix()
    return [f"![{title}]({link})"]
