"""What the model generates, epoch after epoch."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kfdiv import plotting
from kfdiv.arguments import check_count, check_range
from kfdiv.callbacks.picture import Picture
from kfdiv.data import examples


class SampleGrid(Picture):
    """Draws samples of the model: a grid of images, or vectors as points over the data.

    The latents are the same in every picture, so that one can watch a sample change.

    Args:
        path: image file.
        num: samples.
        seed: of the latents.
        every: epochs between pictures.
        value_range: of images' pixels.
        data: vectors to draw below the samples, shape `(count, dims)`, or batches of such, whatever
            `fit` takes, or None. They are read when training begins.

    Example:
        >>> callback = SampleGrid("run/samples.png", num=64, every=5)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        num: int = 64,
        seed: int = 0,
        every: int = 1,
        value_range: tuple[float, float] = (0.0, 1.0),
        data: Any = None,
    ) -> None:
        super().__init__(path, every)
        self.num = check_count("num", num)
        self.seed = seed
        self.value_range = check_range("value_range", value_range)
        self.data = data
        self._points: np.ndarray | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """See `Picture.on_train_begin`; data that do not fit the model are refused."""
        if self.data is not None:
            self._points = (
                examples.read(
                    self.data,
                    event_shape=self.model.event_shape,
                    value_range=self.model.known_pixel_range(),
                    name="data",
                )
                .counted()
                .x
            )
        super().on_train_begin(logs)

    def take(self) -> np.ndarray:
        """Generate the samples."""
        return np.asarray(self.model.sample(self.num, seed=self.seed))

    def draw(self, taken: np.ndarray, title: str) -> None:
        """Draw a grid or points, by the samples' rank."""
        if taken.ndim in (3, 4):
            plotting.save_grid(taken, self.path, value_range=self.value_range)
        else:
            plotting.save_points(taken, self.path, self._points, title)
