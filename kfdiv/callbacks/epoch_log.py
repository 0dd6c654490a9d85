"""A table of the run that a resumed run continues."""

from __future__ import annotations

import csv
import os
import pathlib
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import keras

from kfdiv import files
from kfdiv.callbacks import chief

_DIGITS = "%.10g"


class EpochLog(keras.callbacks.Callback):
    """Keeps a CSV with one row an epoch: epoch, step, seconds in `fit`, and the logs.

    A run resumed from `ExactResume` continues the table: rows of steps that are taken again are
    dropped, so there is one row an epoch however often the run was killed. Put it before
    `ExactResume` among the callbacks. The file is written whole. The seconds contain what other
    callbacks did.

    Args:
        path: the CSV file.
        extras: further columns: functions without arguments, called at the end of an epoch.

    Attributes:
        rows: the table so far, a dict of numbers for each epoch.

    Example:
        >>> callback = EpochLog("run/log.csv")
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    COLUMNS = ("epoch", "step", "seconds")

    def __init__(
        self,
        path: str | os.PathLike[str],
        extras: Mapping[str, Callable[[], float]] | None = None,
    ) -> None:
        super().__init__()
        self.extras = dict(extras or {})
        self.path = pathlib.Path(path)
        self.rows: list[dict[str, float]] = []
        self._begin = 0.0

    @property
    def seconds(self) -> float:
        """Seconds in `fit` so far, those of resumed runs included."""
        return self.rows[-1]["seconds"] if self.rows else 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Read the rows of the steps that the model has already taken."""
        rows = read_table(self.path) if self.path.exists() else []
        self.rows = [row for row in rows if row["step"] <= int(self.model.step.numpy())]
        self._begin = time.perf_counter() - self.seconds

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add the epoch's row."""
        row = {
            "epoch": epoch + 1,
            "step": int(self.model.step.numpy()),
            "seconds": round(time.perf_counter() - self._begin, 3),
        }
        row |= {name: float(value) for name, value in (logs or {}).items()}
        row |= {name: float(extra()) for name, extra in self.extras.items()}
        # As the file has them, so that a resumed run has the same numbers, and draws the same.
        self.rows.append({name: float(_DIGITS % value) for name, value in row.items()})
        self.save()

    def save(self) -> None:
        """Write the table; of several workers, the chief does."""
        if not chief.writes(self.model):
            return
        names = dict.fromkeys(name for row in self.rows for name in row)
        with files.replacing(self.path) as partial, partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, names, restval="nan")
            writer.writeheader()
            writer.writerows(
                {name: _DIGITS % value for name, value in row.items()} for row in self.rows
            )


def read_table(path: pathlib.Path) -> list[dict[str, float]]:
    """Return the rows up to the first that no `EpochLog` writes; a warning tells of that.

    Args:
        path: of its file.
    """
    rows: list[dict[str, float]] = []
    text = path.read_bytes().decode(errors="replace")
    try:
        # A row without an end has lost some of its last number.
        whole = text[: text.rfind("\n") + 1]
        for row in csv.DictReader(whole.splitlines(), strict=True):
            rows.append(_numbers(row, rows))
        if whole != text:
            raise ValueError("the last row has no end")
    except (csv.Error, KeyError, TypeError, ValueError):
        warnings.warn(
            f"{path} is damaged after {len(rows)} rows, which are kept. The others are lost, "
            "unless their epochs are trained again.",
            files.DamagedFileWarning,
            stacklevel=2,
        )
    return rows


def _numbers(row: dict[Any, Any], before: list[dict[str, float]]) -> dict[str, float]:
    """Return a row as numbers; raise if it cannot follow the ones before it."""
    numbers = {name: float(value) for name, value in row.items()}
    missing = [name for name in EpochLog.COLUMNS if not numbers[name] >= 0]
    # Epochs begin again with another `fit`; steps do not.
    if missing or (before and numbers["step"] <= before[-1]["step"]):
        raise ValueError("a row's step is above the one before")
    return numbers
