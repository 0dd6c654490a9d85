"""Handwritten digits that come with scikit-learn: real images without a download."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource
from kfdiv.data.registry import registry
from kfdiv.data.source import Source

_TEST_EVERY = 5


@registry.register("digits")
def digits(split: str = "train", *, size: int = 8) -> Source:
    """Give the 1,797 digits of scikit-learn, 8 x 8 pixels of 17 greys, as `round(255 g / 16)`.

    Every fifth image of each class is in the test split, the others are in the train split.

    Args:
        split: `"train"` or `"test"`.
        size: side of the images in pixels; other than 8, they are resized bilinearly.

    Returns:
        A source of images of shape `(size, size, 1)` and labels 0 to 9.

    Raises:
        ValueError: if the split is another, or `size` is not positive.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("digits", "test", size=16).element_spec[0].shape
        TensorShape([100, 16, 16, 1])
    """
    if split not in ("train", "test"):
        raise ValueError(f"Received split={split!r}; expected train or test.")
    if size < 1:
        raise ValueError(f"Received size={size}; expected a positive number of pixels.")
    # Imported here because it takes a second that no other data set needs to spend.
    from sklearn import datasets

    bundle = datasets.load_digits()
    images, labels = bundle.images[..., None] * (255 / 16), bundle.target.astype(np.int32)
    test = np.zeros(len(labels), bool)
    for label in range(10):
        test[np.flatnonzero(labels == label)[_TEST_EVERY - 1 :: _TEST_EVERY]] = True
    chosen = test if split == "test" else ~test
    images = images[chosen]
    if size != images.shape[1]:
        images = tf.image.resize(images, [size, size], antialias=True).numpy()
    images = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    info = Info("digits", split, num_classes=10)
    return MemorySource(images, labels[chosen], info)
