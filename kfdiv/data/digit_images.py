"""The handwritten digits that other data sets are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kfdiv.data.batching import Batching
from kfdiv.data.digits import digits
from kfdiv.data.images import MNIST, FashionMNIST
from kfdiv.data.registry import Source
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
    stream = sources.get(source)(split, **storage)(Batching(batch_size=1))
    return stream.x.numpy(), stream.y.numpy()


def _prepared(kind: type) -> Callable[..., Source]:
    return lambda split, **storage: kind(split, in_memory=True, **storage)


sources.register("mnist")(_prepared(MNIST))
sources.register("fashion_mnist")(_prepared(FashionMNIST))


@sources.register("digits")
def _enlarged(split: str, **_: Any) -> Source:
    return digits(split, size=_SIDE)
