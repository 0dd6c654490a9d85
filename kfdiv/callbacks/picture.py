"""Pictures of a model that is still training."""

from __future__ import annotations

import abc
import concurrent.futures
import mimetypes
import os
import pathlib
from typing import Any

import keras

from kfdiv.arguments import check_count
from kfdiv.callbacks import chief


class Picture(keras.callbacks.Callback, abc.ABC):
    """Draws a picture of the model every so many epochs, and once more at the end.

    What the picture shows is taken from the model between two steps; the drawing then goes on in
    another thread beside the training. An epoch that ends while the last picture is still being
    drawn gets none. Of several workers the chief draws.

    Args:
        path: image file, always that of the newest picture.
        every: epochs between pictures.

    Raises:
        ValueError: if `every` is not positive, or the path does not end as a picture's does.
    """

    def __init__(self, path: str | os.PathLike[str], every: int = 1) -> None:
        super().__init__()
        self.path = pathlib.Path(path)
        kind = mimetypes.guess_type(self.path.name)[0] or ""
        if not kind.startswith("image/") and kind != "application/pdf":
            raise ValueError(f"path must be that of a picture, such as run/a.png, but got {path}.")
        self.every = check_count("every", every, expected="a positive number of epochs")
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None
        self._drawing: concurrent.futures.Future | None = None
        self._epochs = 0

    @abc.abstractmethod
    def take(self) -> Any:
        """Return what the picture shows, as arrays that training does not change."""

    @abc.abstractmethod
    def draw(self, taken: Any, title: str) -> None:
        """Draw what `take` returned and write it to `path`; called from another thread."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open the thread."""
        self._threads = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="picture")
        self._drawing, self._epochs = None, 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin a picture, if it is time for one."""
        self._epochs = epoch + 1
        if self._epochs % self.every == 0 and (self._drawing is None or self._drawing.done()):
            self._finish()
            self._begin()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Draw the final model, and wait for the picture."""
        self._finish()
        if self._epochs:
            self._begin()
            self._finish()
        self._threads.shutdown()

    def draw_now(self, epoch: int) -> None:
        """Draw the model as it is, after a `fit`: where the picture of its end is lost.

        Args:
            epoch: for the title.
        """
        self.draw(self.take(), f"epoch {epoch}")

    def _begin(self) -> None:
        if not chief.writes(self.model):
            return
        title = f"epoch {self._epochs}"
        self._drawing = self._threads.submit(self.draw, self.take(), title)

    def _finish(self) -> None:
        """Wait for the drawing and raise what it raised."""
        if self._drawing is not None:
            self._drawing.result()
