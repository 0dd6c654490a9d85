"""The columns of a table to mean 0 and deviation 1, and back."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from collections.abc import Sequence
from typing import Any, final

import numpy as np

from kfdiv import files


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Standardization:
    """`x = (t - mean) / scale`, column by column, by the moments of the training split.

    Args:
        columns: their names.
        mean: of each column, float64 of shape `(columns,)`.
        scale: the standard deviation of each, likewise.

    Example:
        >>> table = np.array([[1.0, 10.0], [3.0, 30.0]])
        >>> known = Standardization.of(table, ["age", "income"])
        >>> known.standardize(table).tolist()
        [[-1.0, -1.0], [1.0, 1.0]]
        >>> known.restore([[0.0, 0.0]]).tolist()
        [[2.0, 20.0]]
    """

    columns: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, table: np.ndarray, columns: Sequence[str]) -> Standardization:
        """Return the one by the moments of a table.

        Args:
            table: shape `(rows, columns)`.
            columns: names of the columns.

        Raises:
            ValueError: if a column is the same in all rows.
        """
        table = np.asarray(table, np.float64)
        mean, scale = table.mean(axis=0), table.std(axis=0)
        constant = [
            f"{name} = {value:g}"
            for name, value, same in zip(columns, table[0], np.ptp(table, axis=0) == 0, strict=True)
            if same
        ]
        if constant:
            raise ValueError(
                "Received columns that are the same in all rows of the training split, and cannot "
                f"be standardised: {', '.join(constant)}. Leave them out: name the other columns."
            )
        return cls(tuple(columns), mean, scale)

    def standardize(self, table: Any) -> np.ndarray:
        """Return a table `(rows, columns)` in units of the model, float32."""
        return ((np.asarray(table, np.float64) - self.mean) / self.scale).astype(np.float32)

    def restore(self, x: Any) -> np.ndarray:
        """Return examples or samples `(rows, columns)` in the units of the file, float64."""
        return np.asarray(x, np.float64) * self.scale + self.mean

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON, without loss; `load` reads it."""
        files.write_json(
            path,
            {
                "columns": list(self.columns),
                "mean": self.mean.tolist(),
                "scale": self.scale.tolist(),
            },
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Standardization:
        """Return what `save` wrote."""
        record = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        return cls(tuple(record["columns"]), np.array(record["mean"]), np.array(record["scale"]))
