"""The newest whole model."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import keras

from kfdiv import files


class Checkpoint(keras.callbacks.Callback):
    """Saves the model, optimizers included, to one `.keras` file at the end of every epoch.

    The file is the new model or the previous one, never part of either.

    Args:
        path: the file, ending in `.keras`.

    Raises:
        ValueError: if it ends otherwise.

    Example:
        >>> callback = Checkpoint("run/model.keras")
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
        >>> # keras.saving.load_model("run/model.keras")
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self.path = pathlib.Path(path)
        if self.path.suffix != ".keras":
            raise ValueError(f"A checkpoint's name must end in .keras, but got {str(path)!r}.")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save the model."""
        with files.replacing(self.path) as partial:
            self.model.save(partial)
