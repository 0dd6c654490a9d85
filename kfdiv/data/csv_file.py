"""Tables of numbers in a CSV file, with a line of column names."""

from __future__ import annotations

import array
import csv
import math
import os
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kfdiv.arguments import check_choice, check_flag, did_you_mean
from kfdiv.data import own_file, splitting
from kfdiv.data.damaged import some
from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource
from kfdiv.data.registry import registry
from kfdiv.data.source import Source
from kfdiv.data.standardization import Standardization

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


@registry.register("csv")
def table(
    split: str = "train",
    *,
    path: str | os.PathLike[str],
    columns: str | Sequence[str] | None = None,
    label: str | None = None,
    delimiter: str = ",",
    missing: str = "refuse",
    standardize: bool = True,
    test_share: float = splitting.TEST_SHARE,
    split_seed: int = 0,
) -> Source:
    r"""Give the rows of a CSV file as vectors, each column of mean 0 and deviation 1.

    The moments are those of the training split, for both splits; `stream.info.standardization`
    turns samples back into the units of the file, and can be saved.

    Args:
        split: `"train"` or `"test"`: drawn by `split_seed`, a row at a time, so that rows which are
            added at the end move no other.
        path: the file, UTF-8, whose first line names the columns.
        columns: names of those to take, as a sequence or as one text with commas; None for all
            but the label.
        label: name of the column of labels, if there is any: texts or integers, which become 0,
            1, ... in their order, and `stream.info.class_names` their names; or other numbers.
        delimiter: what stands between the values of a row.
        missing: `"refuse"` a file that lacks values, empty ones or `NA`, `NaN`, `null`, `None`,
            `?`; or `"drop"` their rows, with a warning that says how many.
        standardize: False leaves the values as they are.
        test_share: the share of the rows that is to test on, from 0 to below 1.
        split_seed: of the split.

    Returns:
        A source of examples of shape `(columns,)`, and labels if there are any.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it has no such column, or a column holds text, the same number in all rows,
            or lacks values; if a row is of another length; or if the split is empty.

    Example:
        >>> import kfdiv, pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "people.csv"
        >>> lines = [f"{k % 7},{k * k % 11},{'ab'[k % 2]}" for k in range(200)]
        >>> _ = path.write_text("\n".join(["age,income,group", *lines]))
        >>> stream = kfdiv.data.load("csv", path=path, label="group").stream
        >>> stream.info.standardization.columns, stream.info.class_names
        (('age', 'income'), ('a', 'b'))
    """
    check_choice("missing", missing, ON_MISSING)
    check_flag("standardize", standardize)
    splitting.check(split, test_share, split_seed)
    path = own_file.existing(path, "a CSV file")
    names = [name.strip() for name in columns.split(",")] if isinstance(columns, str) else columns
    found = _read(path, names, label, delimiter, missing)
    test = splitting.by_place(len(found.values), test_share, split_seed)
    rows = splitting.chosen(test, split, path)
    values, standardization = found.values.astype(np.float32), None
    if standardize:
        train = found.values[splitting.chosen(test, "train", path)]
        standardization = Standardization.of(train, found.columns)
        values = standardization.standardize(found.values)
    y, class_names = None, None
    if found.labels is not None:
        y, class_names = own_file.classes(found.labels)
    info = Info(
        "csv",
        split,
        num_classes=None if class_names is None else len(class_names),
        class_names=class_names,
        standardization=standardization,
        digest=own_file.digest(path),
    )
    return MemorySource(values[rows], None if y is None else y[rows], info)


def _read(
    path: str, names: Sequence[str] | None, label: str | None, delimiter: str, missing: str
) -> Table:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            return _of_lines(file, path, names, label, delimiter, missing)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path} cannot be read as text in UTF-8 with values between {delimiter!r} ({error})."
        ) from error


def _of_lines(
    file: Sequence[str],
    path: str,
    names: Sequence[str] | None,
    label: str | None,
    delimiter: str,
    missing: str,
) -> Table:
    lines = csv.reader(file, delimiter=delimiter)
    header = [name.strip() for name in next(lines, [])]
    _check_header(header, path, delimiter)
    columns = tuple(name for name in header if name != label) if names is None else tuple(names)
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


def _refuse_text(
    path: str,
    header: list[str],
    places: list[int],
    row: list[str],
    line: int,
    label: str | None,
) -> None:
    place = next(k for k in places if not (_is_number(row[k]) and math.isfinite(float(row[k]))))
    name = header[place]
    others = [header[k] for k in places if k != place]
    fix = f"Leave it out: columns={','.join(others) or '...'!r}" + (
        f"; or make it the label: label={name!r}." if label is None else "."
    )
    raise ValueError(
        f"Column {name!r} of {path} holds {row[place]!r} on line {line}; expected finite numbers. "
        f"{fix}"
    )


def _report(path: str, lacking: list[str], missing: str, left: int) -> None:
    if not lacking and left:
        return
    if not left:
        raise ValueError(f"{path} has no row that lacks no value; expected at least one.")
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
