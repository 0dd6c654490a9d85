"""Where the encoder puts the data, epoch after epoch."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kfdiv import plotting
from kfdiv.callbacks.picture import Picture


class LatentPlot(Picture):
    """Draws the means of q(z|x) of some examples as points, coloured by their labels.

    Args:
        path: image file.
        x: examples of shape `(count, *event_shape)`.
        labels: integers of shape `(count,)`, or None.
        every: epochs between pictures.

    Example:
        >>> callback = LatentPlot("run/latents.png", np.zeros((10, 2)), every=5)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(
        self, path: str | os.PathLike[str], x: Any, labels: Any = None, every: int = 1
    ) -> None:
        super().__init__(path, every)
        self.x = x
        self.labels = labels

    def take(self) -> np.ndarray:
        """Encode the examples."""
        return np.asarray(self.model.encode(self.x))

    def draw(self, taken: np.ndarray, title: str) -> None:
        """Draw the points."""
        plotting.save_latents(taken, self.path, self.labels, f"posterior means, {title}")
