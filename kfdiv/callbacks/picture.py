"""Pictures of a model that is still training."""

from __future__ import annotations

import abc
import concurrent.futures
import mimetypes
import os
import pathlib
from typing import Any, ClassVar

import keras

from kfdiv.arguments import check_count
from kfdiv.callbacks import chief
from kfdiv.callbacks.picture_history import PictureHistory


class Picture(keras.callbacks.Callback, abc.ABC):
    """Draws a picture of the model every so many epochs, and once more at the end.

    What the picture shows is taken from the model between two steps; the drawing then goes on in
    another thread beside the training. An epoch that ends while the last picture is still being
    drawn gets none, save where the history keeps it. Of several workers the chief
    draws.

    Args:
        path: image file, always that of the newest picture.
        every: epochs between pictures.

    Attributes:
        thumbnails: keeps small copies of some epochs' pictures, if there is one.

    Raises:
        ValueError: if `every` is not positive, or the path does not end as a picture's does.
    """

    # What a file's name may say that it is.
    kinds: ClassVar[tuple[str, ...]] = ("image/", "application/pdf")

    def __init__(self, path: str | os.PathLike[str], every: int = 1) -> None:
        super().__init__()
        self.path = pathlib.Path(path)
        self.thumbnails: PictureHistory | None = None
        if not (mimetypes.guess_type(self.path.name)[0] or "").startswith(self.kinds):
            raise ValueError(f"path must be that of a picture, such as run/a.png, but got {path}.")
        self.every = check_count("every", every, expected="a positive number of epochs")
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None
        self._drawings: list[concurrent.futures.Future] = []
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
        self._drawings, self._epochs = [], 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin a picture, if it is time for one."""
        self._epochs = epoch + 1
        kept = self.thumbnails is not None and self.thumbnails.is_kept(self._epochs, self._epochs)
        self._finish([drawing for drawing in self._drawings if drawing.done()])
        if kept or (self._is_time() and not self._drawings):
            self._begin(kept)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Draw the final model, and wait for the picture."""
        self._finish(self._drawings)
        if self._epochs:
            self._begin()
            self._finish(self._drawings)
        self._threads.shutdown()

    def draw_now(self, epoch: int) -> None:
        """Draw the model as it is, after a `fit`: where the picture of its end is lost.

        Args:
            epoch: for the title.
        """
        self.draw(self.take(), f"epoch {epoch}")

    def _is_time(self) -> bool:
        """Say whether a picture is due, if there is none in the making."""
        return self._epochs % self.every == 0

    def _begin(self, kept: bool = False) -> None:
        if not chief.writes(self.model):
            return
        self._drawings.append(self._threads.submit(self._make, self.take(), self._epochs, kept))

    def _make(self, taken: Any, epoch: int, kept: bool) -> None:
        self.draw(taken, f"epoch {epoch}")
        if kept:
            self.thumbnails.add(self.path, epoch)

    def _finish(self, drawings: list[concurrent.futures.Future]) -> None:
        """Wait for drawings and raise what they raised."""
        for drawing in list(drawings):
            self._drawings.remove(drawing)
            drawing.result()
