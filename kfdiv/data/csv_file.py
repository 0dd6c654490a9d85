"""Tables of numbers in a CSV file, with a line of column names."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from kfdiv.arguments import check_choice, check_flag
from kfdiv.data import csv_rows, own_file, splitting
from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource
from kfdiv.data.registry import registry
from kfdiv.data.source import Source
from kfdiv.data.standardization import Standardization


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
    check_choice("missing", missing, csv_rows.ON_MISSING)
    check_flag("standardize", standardize)
    splitting.check(split, test_share, split_seed)
    path = own_file.existing(path, "a CSV file")
    names = [name.strip() for name in columns.split(",")] if isinstance(columns, str) else columns
    found = csv_rows.read(path, names, label, delimiter, missing)
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
