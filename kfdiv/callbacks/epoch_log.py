"""A table of the run that a resumed run continues."""

from __future__ import annotations

import csv
import os
import pathlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras

from kfdiv import files


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
        self.rows = []
        if self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as file:
                rows = [
                    {name: float(value) for name, value in row.items()}
                    for row in csv.DictReader(file)
                ]
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
        self.rows.append(row | {name: float(extra()) for name, extra in self.extras.items()})
        names = dict.fromkeys(name for row in self.rows for name in row)
        with files.replacing(self.path) as partial, partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, names, restval="nan")
            writer.writeheader()
            writer.writerows(
                {name: f"{value:.10g}" for name, value in row.items()} for row in self.rows
            )
