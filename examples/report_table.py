"""Tables of RESULTS.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Record = dict[str, Any]
# A title, and what makes the text of a record.
Section = tuple[str, Callable[[Record], str]]


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(text, line)) + " |" for line in lines)


def text(value: Any) -> str:
    """Return a cell: floats by four significant digits, missing values as a dash."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text, value))
    return "-" if value is None else str(value)


def mean(records: Sequence[Record], key: str) -> float:
    """Return the mean of a value over records."""
    return sum(record[key] for record in records) / len(records)


def spread(values: Record) -> str:
    """Return a cell of a mean and a standard deviation over seeds, None for one seed's."""
    if values["sd"] is None:
        return text(values["mean"])
    return f"{text(values['mean'])} ± {text(values['sd'])}"


def settings(record: Record) -> str:
    """Return a record's settings as a sentence's part."""
    return ", ".join(f"{key} {text(value)}" for key, value in record["settings"].items())
