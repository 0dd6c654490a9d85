"""What the examples share: records, figures, and the curve of a run."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import keras
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt


class Curve(keras.callbacks.Callback):
    """Keeps every epoch's logs."""

    def __init__(self) -> None:
        super().__init__()
        self._logs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the epoch's logs."""
        self._logs.append({name: float(value) for name, value in (logs or {}).items()})

    def history(self, name: str) -> list[float]:
        """Return one log's values, an entry an epoch."""
        return [logs[name] for logs in self._logs]


def write(name: str, results: str, record: dict[str, Any]) -> None:
    """Write `record` with the command that made it to `results/name.json`, whole or not at all."""
    path = pathlib.Path(results) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    command = " ".join(["python", os.path.relpath(sys.argv[0]), *sys.argv[1:]])
    stamp = {"example": name, "command": command, "date": time.strftime("%Y-%m-%d")}
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({**stamp, **record}, indent=1))
    os.replace(partial, path)
    print(f"wrote {path}")


@contextlib.contextmanager
def figure(path: str, columns: int = 1, rows: int = 1, size: float = 4.0) -> Iterator[Any]:
    """Give axes to draw on, and write them to `path` at the end, whole or not at all."""
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * 1.4 * columns, size * rows), layout="constrained"
    )
    yield axes
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    partial = f"{path}.partial.png"
    figure.savefig(partial, dpi=120)
    plt.close(figure)
    os.replace(partial, path)
    print(f"wrote {path}")
