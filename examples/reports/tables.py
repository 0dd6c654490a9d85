"""Tables of RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Record = dict[str, Any]

MISSING = "-"


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(text, line)) + " |" for line in lines)


def text(value: Any) -> str:
    """Return a cell: floats by four significant digits, missing values as a dash.

    Example:
        >>> text(0.123456), text([1, 2.5]), text(None)
        ('0.1235', '1, 2.5', '-')
    """
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text, value))
    return MISSING if value is None else str(value)


def fixed(value: float | None, form: str) -> str:
    """Return a number by a format, or a dash where it is missing: it was not finite.

    Example:
        >>> fixed(0.5, ".3f"), fixed(None, ".3f")
        ('0.500', '-')
    """
    return MISSING if value is None else format(value, form)


def mean(records: Sequence[Record], key: str) -> float | None:
    """Return the mean of a value over records, None if one lacks it."""
    values = [record[key] for record in records]
    return None if None in values else sum(values) / len(values)


def spread(values: Record | None) -> str:
    """Return a cell of a mean and a standard deviation over seeds, None for one seed's.

    Args:
        values: "mean" and "sd"; or None, for what a system does not have.
    """
    if values is None:
        return text(None)
    return plus_minus(values["mean"], values["sd"])


def plus_minus(value: float | None, error: float | None, form: str | None = None) -> str:
    """Return a cell of a value and its error, if it has one.

    Example:
        >>> plus_minus(0.5, 0.01), plus_minus(0.5, 0.01, ".3f"), plus_minus(0.5, None)
        ('0.5 ± 0.01', '0.500 ± 0.010', '0.5')
    """
    cells = [text(v) if form is None else fixed(v, form) for v in (value, error)]
    return cells[0] if error is None else " ± ".join(cells)


def listing(values: Mapping[str, Any]) -> str:
    """Return named values as part of a sentence.

    Example:
        >>> listing({"epochs": 30, "rates": [0.1, 0.2]})
        'epochs 30, rates 0.1, 0.2'
    """
    return ", ".join(f"{name} {text(value)}" for name, value in values.items())
