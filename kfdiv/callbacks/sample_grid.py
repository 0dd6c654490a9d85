"""What the model generates, epoch after epoch."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kfdiv import plotting
from kfdiv.arguments import check_count, check_range
from kfdiv.callbacks.picture import Picture


class SampleGrid(Picture):
    """Draws samples of the model: a grid of images, or vectors as points over the data.

    The latents are the same in every picture, so that one can watch a sample change.

    Args:
        path: image file.
        num: samples.
        seed: of the latents.
        every: epochs between pictures.
        value_range: of images' pixels.
        data: vectors to draw below the samples, shape `(count, dims)`, or None.

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

    def take(self) -> np.ndarray:
        """Generate the samples."""
        return np.asarray(self.model.sample(self.num, seed=self.seed))

    def draw(self, taken: np.ndarray, title: str) -> None:
        """Draw a grid or points, by the samples' rank."""
        if taken.ndim == 4:
            plotting.save_grid(taken, self.path, value_range=self.value_range)
        else:
            plotting.save_points(taken, self.path, self.data, title)
