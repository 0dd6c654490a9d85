"""Where the encoder puts the data, epoch after epoch."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kfdiv import plotting
from kfdiv.callbacks.picture import Picture
from kfdiv.data import examples


class LatentPlot(Picture):
    """Draws the means of q(z|x) of some examples as points, coloured by their labels.

    Args:
        path: image file.
        x: examples of shape `(count, *event_shape)`, or batches x or `(x, y)`, whatever `fit`
            takes; they are read when training begins.
        labels: integers of shape `(count,)` beside an array, or None.
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

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """See `Picture.on_train_begin`; examples that do not fit the model are refused."""
        self._examples = examples.read(
            self.x,
            self.labels,
            event_shape=self.model.event_shape,
            value_range=self.model.known_pixel_range(),
        ).counted()
        super().on_train_begin(logs)

    def take(self) -> np.ndarray:
        """Encode the examples."""
        return np.asarray(self.model.encode(self._examples.x))

    def draw(self, taken: np.ndarray, title: str) -> None:
        """Draw the points."""
        plotting.save_latents(taken, self.path, self._examples.y, f"posterior means, {title}")
