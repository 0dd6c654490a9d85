"""The pictures that a plane of latents decodes to, epoch after epoch."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv import plotting
from kfdiv.arguments import check_count, check_range
from kfdiv.callbacks.picture import Picture


class Manifold(Picture):
    """Draws the images that a square of latents decodes to, `z = Phi^-1(u)`, u evenly spaced.

    Equal areas of the picture thus have equal probability under the prior (Kingma & Welling 2013,
    figure 4).

    Args:
        path: image file.
        side: images along each axis.
        every: epochs between pictures.
        value_range: of the pixels.
        condition: of a conditional model: that of all images.

    Example:
        >>> callback = Manifold("run/manifold.png", side=20, every=5)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])   # a model with two latents
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        side: int = 20,
        every: int = 1,
        value_range: tuple[float, float] = (0.0, 1.0),
        condition: Any = None,
    ) -> None:
        super().__init__(path, every)
        self.side = check_count("side", side)
        self.value_range = check_range("value_range", value_range)
        self.condition = condition

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """See `Picture.on_train_begin`; a condition that is missing or too much is refused."""
        self.model.conditions(self.condition, self.side**2)
        super().on_train_begin(logs)

    def take(self) -> np.ndarray:
        """Decode the square, its second latent growing upwards."""
        quantiles = (np.arange(self.side) + 0.5) / self.side
        axis = tf.math.ndtri(tf.constant(quantiles, tf.float32)).numpy()
        latents = np.stack(np.meshgrid(axis, axis[::-1]), axis=-1).reshape(-1, 2)
        return np.asarray(self.model.decode(latents, self.condition))

    def draw(self, taken: np.ndarray, title: str) -> None:
        """Draw the grid."""
        plotting.save_grid(taken, self.path, self.side, self.value_range)
