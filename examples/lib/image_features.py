"""What photographs are compared by."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

import kfdiv

THUMBNAIL = 8


class ImageFeatures:
    """Inception-v3's features if its weights can be had, else thumbnails.

    Args:
        value_range: of the pixels.
        inception_weights: as `kfdiv.evaluation.InceptionFeatures` takes them; None for thumbnails.

    Attributes:
        description: which of them, and why.
    """

    def __init__(self, value_range: tuple[float, float], inception_weights: str | None) -> None:
        self._compute = thumbnails
        if inception_weights is None:
            size = f"{THUMBNAIL} x {THUMBNAIL}"
            self.description = f"thumbnails of {size} pixels, as asked or rehearsed: no FID"
            return
        inception = kfdiv.evaluation.InceptionFeatures(value_range, inception_weights)
        try:
            inception(np.zeros((1, THUMBNAIL, THUMBNAIL, 3), np.float32))
        except OSError as error:
            self.description = f"thumbnails, no FID, for want of Inception-v3: {error}"
            return
        self._compute = inception
        self.description = "Inception-v3 with Keras's weights, not those of published FIDs"

    def __call__(self, images: Any) -> np.ndarray:
        """Return features, shape `(batch, dims)`."""
        return self._compute(images)


def thumbnails(images: Any) -> np.ndarray:
    """Return the images shrunk to a few pixels, flattened: how colours lie, and no more."""
    small = tf.image.resize(np.asarray(images, np.float32), (THUMBNAIL, THUMBNAIL), method="area")
    return np.reshape(small, (len(small), -1))
