"""The newest whole model."""

from __future__ import annotations

import os
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

import keras

from kfdiv import files
from kfdiv.callbacks import archive, chief
from kfdiv.callbacks.epoch_log import EpochLog
from kfdiv.callbacks.run_identity import identity


class Checkpoint(keras.callbacks.Callback):
    """Saves the model, optimizers included, to one `.keras` file at the end of every epoch.

    The file is the new model or the previous one, never part of either. It says what run and step
    it is of, so that `ExactResume(directory, checkpoint=path)` can go on from it. Of several
    workers the chief writes it; the others, whose share of the state it needs, save to a folder of
    their own that is gone after.

    Args:
        path: the file, ending in `.keras`.
        log: the `EpochLog` of the same `fit`, of which the file holds a copy.
        run: as of `ExactResume`.

    Raises:
        ValueError: if it ends otherwise.

    Example:
        >>> callback = Checkpoint("run/model.keras")
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
        >>> # keras.saving.load_model("run/model.keras")
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        log: EpochLog | None = None,
        run: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.path = files.check_path(path)
        self.log = log
        self.run = run
        if self.path.suffix != ".keras":
            raise ValueError(f"A checkpoint's name must end in .keras, but got {str(path)!r}.")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save the model."""
        self.save()

    def save(self) -> None:
        """Save the model now; to be called on all workers."""
        if not chief.writes(self.model):
            with tempfile.TemporaryDirectory() as folder:
                self.model.save(pathlib.Path(folder, self.path.name))
            return
        table = None
        if self.log is not None and self.log.path.exists():
            table = self.log.path.read_bytes().decode()
        stamp = {
            "run": identity(self.model, self.run),
            "step": int(self.model.step.numpy()),
            "table": table,
            "replicas": self.model.distribute_strategy.num_replicas_in_sync,
        }
        archive.save(self.model, self.path, stamp)
