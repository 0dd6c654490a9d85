"""The lines of a CSV file: read into numbers, or refused by line and column."""

from __future__ import annotations

import array
import csv
import math
import warnings
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from kfdiv.arguments import did_you_mean
from kfdiv.data.damaged import some

ON_MISSING = ("refuse", "drop")
# Texts that stand for a value that is missing, whatever their case.
MISSING = frozenset(("", "?", "na", "n/a", "nan", "none", "null"))


class Table(NamedTuple):
    """The rows of a file that are whole.

    Attributes:
        values: float64 of shape `(rows, columns)`.
        labels: texts of shape `(rows,)`, or None.
        columns: names of the columns.
    """

    values: np.ndarray
    labels: np.ndarray | None
    columns: tuple[str, ...]


def read(
    path: str, names: Sequence[str] | None, label: str | None, delimiter: str, missing: str
) -> Table:
    """Read the chosen columns of a file; its errors are those of `kfdiv.data.csv_file.table`.

    Args:
        path: of the file.
        names: of the columns; None for all but the label.
        label: name of the column of labels, or None.
        delimiter: what stands between the values of a row.
        missing: what is done about values that are.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            return _of_lines(file, path, names, label, delimiter, missing)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path} cannot be read as text in UTF-8 with values between {delimiter!r} ({error})."
        ) from error


def _of_lines(
    file: Iterable[str],
    path: str,
    names: Sequence[str] | None,
    label: str | None,
    delimiter: str,
    missing: str,
) -> Table:
    if len(delimiter) != 1:
        raise ValueError(f"delimiter must be one character, such as ';', but got {delimiter!r}.")
    lines = csv.reader(file, delimiter=delimiter)
    header = [name.strip() for name in next(lines, [])]
    _check_header(header, path, delimiter)
    columns = tuple(name for name in header if name != label) if names is None else tuple(names)
    _check_columns(columns, header, path)
    for name in (*columns, *([] if label is None else [label])):
        if name not in header:
            raise ValueError(
                f"{path} has no column {name!r}.{did_you_mean(name, header)} It has "
                f"{', '.join(header)}."
            )
    places = [header.index(name) for name in columns]
    label_place = None if label is None else header.index(label)
    wanted = places if label is None else [*places, label_place]
    values, labels, lacking = array.array("d"), [], []
    for row in lines:
        if not row:
            continue
        if len(row) != len(header):
            raise ValueError(
                f"Line {lines.line_num} of {path} has {len(row)} values, but the first line "
                f"{len(header)} names. Mend it, or check delimiter={delimiter!r}."
            )
        gaps = [place for place in wanted if row[place].strip().lower() in MISSING]
        if gaps:
            lacking.append(f"{header[gaps[0]]!r} on line {lines.line_num}")
            continue
        try:
            numbers = [float(row[place]) for place in places]
        except ValueError:
            numbers = [math.inf]
        if not all(map(math.isfinite, numbers)):
            _refuse_text(path, header, places, row, lines.line_num, label)
        values.extend(numbers)
        if label_place is not None:
            labels.append(row[label_place].strip())
    count = len(values) // max(1, len(columns))
    _report(path, lacking, missing, count)
    table = np.frombuffer(values, np.float64).reshape(count, len(columns))
    return Table(table, None if label is None else np.array(labels), columns)


def _check_header(header: list[str], path: str, delimiter: str) -> None:
    if not any(header):
        raise ValueError(f"{path} is empty, or its first line is; expected the columns' names.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise ValueError(f"{path} has several columns {some(twice)}; their names must differ.")
    other = [sign for sign in ";\t|," if sign != delimiter and sign in header[0]]
    if len(header) == 1 and other:
        raise ValueError(
            f"{path} has one column, {header[0]!r}, where values are parted by {delimiter!r}. "
            f"Pass delimiter={other[0]!r}."
        )
    if all(_is_number(name) for name in header):
        raise ValueError(
            f"The first line of {path} holds numbers, {some(header)}; expected the columns' names. "
            "Write them above it."
        )


def _check_columns(columns: Sequence[str], header: list[str], path: str) -> None:
    if "" in columns and "" in header:
        named = ",".join(name for name in header if name)
        raise ValueError(
            f"Column {header.index('') + 1} of {path} has no name, as where a program has written "
            f"the rows' numbers. Give it one, or say which columns to take: columns={named!r}, "
            "say."
        )
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise ValueError(f"columns names {some(twice)} more than once; name each column once.")


def _refuse_text(
    path: str,
    header: list[str],
    places: list[int],
    row: list[str],
    line: int,
    label: str | None,
) -> None:
    place = next(k for k in places if not (_is_number(row[k]) and math.isfinite(float(row[k]))))
    name, text = header[place], row[place]
    others = [header[k] for k in places if k != place]
    if "," in text and _is_number(text.replace(".", "").replace(",", "")):
        raise ValueError(
            f"Column {name!r} of {path} holds {text!r} on line {line}; expected numbers with a "
            "decimal point and nothing between their thousands, as in 1234.5. Write them so."
        )
    fix = f"Leave it out: columns={','.join(others) or '...'!r}" + (
        f"; or make it the label: label={name!r}." if label is None else "."
    )
    raise ValueError(
        f"Column {name!r} of {path} holds {text!r} on line {line}; expected finite numbers. {fix}"
    )


def _report(path: str, lacking: list[str], missing: str, left: int) -> None:
    if not lacking and left:
        return
    if not left:
        lack = f": each of its {len(lacking)} lacks a value, {some(lacking)}" if lacking else ""
        raise ValueError(f"{path} has no whole row below the columns' names{lack}.")
    which = f"{len(lacking)} of {len(lacking) + left} rows of {path} lack a value, {some(lacking)}"
    if missing == "refuse":
        raise ValueError(
            f"{which}. Fill them in, or leave their columns out; or pass missing='drop' to leave "
            "these rows out."
        )
    warnings.warn(f"{which}. They are left out.", stacklevel=5)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
