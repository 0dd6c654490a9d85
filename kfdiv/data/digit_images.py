"""The handwritten digits that other data sets are made of."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv.data.digits import digits
from kfdiv.data.images import fashion_mnist, mnist
from kfdiv.data.source import Source
from kfdiv.registry import Registry

_SIDE = 28

sources: Registry = Registry("source of digits")


def digit_images(source: str, split: str, **storage: Any) -> tuple[np.ndarray, np.ndarray]:
    """Read grey images of ten classes, 28 x 28 pixels.

    Args:
        source: `"mnist"`, `"fashion_mnist"`, or `"digits"`: scikit-learn's, enlarged from 8 x 8,
            which need no files.
        split: of the source.
        **storage: `data_dir` and `download`, as `kfdiv.data.load` takes them.

    Returns:
        The images, uint8 of shape `(images, 28, 28, 1)`, and their labels 0 to 9, int32.

    Raises:
        FileNotFoundError: if the source has not been prepared; says how to.
        ValueError: if the source or the split is another.

    Example:
        >>> images, labels = digit_images("digits", "test")
        >>> images.shape, labels.shape
        ((355, 28, 28, 1), (355,))
    """
    stored = sources.get(source)(split, **storage)
    images, labels, _ = stored.take(tf.range(len(stored)))
    return images.numpy(), labels.numpy()


sources.register("mnist")(functools.partial(mnist, in_memory=True))
sources.register("fashion_mnist")(functools.partial(fashion_mnist, in_memory=True))


@sources.register("digits")
def _enlarged(split: str, **_: Any) -> Source:
    return digits(split, size=_SIDE)
