"""Sets of examples that a measure of samples takes: their pixels' range, weights, order."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv import random
from kfdiv.arguments import check_range
from kfdiv.data import examples, order

# What a network makes of pixels may be a bit out of their range.
_SLACK = 0.25


def known_range(
    network: Callable[..., Any] | None, value_range: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Return the range of pixels that is told, or that a network or its owner says it takes.

    Args:
        network: a function of images, such as `DigitClassifier.features`, or None.
        value_range: what the user says, or None.

    Returns:
        The range, or None where it is not known.

    Raises:
        ValueError: if it is no range.

    Example:
        >>> known_range(None, None), known_range(lambda x: x, (-1, 1))
        (None, (-1.0, 1.0))
    """
    known = value_range or getattr(getattr(network, "__self__", network), "value_range", None)
    return None if known is None else check_range("value_range", known)


def read_alike(
    data: Any, name: str, why: str, value_range: tuple[float, float] | None = (0.0, 1.0)
) -> examples.Examples:
    """Read examples that all count alike; those of weight zero are left out.

    Args:
        data: whatever `fit` takes.
        name: what errors call them.
        why: what the measure counts by that has no weights, the end of a sentence.
        value_range: what 8-bit pixels are scaled to; None refuses them.

    Raises:
        ValueError: if the others' weights differ.

    Example:
        >>> read_alike(np.zeros((3, 2)), "x", "by pairs, which have none").x.shape
        (3, 2)
    """
    found = examples.read(data, value_range=value_range, name=name).counted()
    if found.weight is not None and np.ptp(found.weight):
        raise ValueError(
            f"{name} came with weights from {found.weight.min():g} to {found.weight.max():g}, but "
            f"{why}. Draw examples in proportion to their weights instead."
        )
    return found


def shuffled(count: int, seed: int, tag: str) -> np.ndarray:
    """Return the integers below `count` in an order that is a function of the seed and the tag.

    Example:
        >>> sorted(shuffled(4, 0, "pairs").tolist())
        [0, 1, 2, 3]
    """
    places = tf.range(count, dtype=tf.int64)
    return order.shuffled(places, tf.constant(0), random.seed(seed, tag), count).numpy()


class RangeMet:
    """The range of what a set holds, and whether it was scaled from 8-bit pixels."""

    def __init__(self) -> None:
        self.of_pixels, self.low, self.high = False, math.inf, -math.inf

    def update(self, batch: examples.Examples) -> None:
        """Add examples."""
        self.of_pixels = self.of_pixels or batch.of_pixels
        self.low, self.high = min(self.low, batch.x.min()), max(self.high, batch.x.max())

    def check_beside(self, other: RangeMet) -> None:
        """Raise if only one set was 8-bit pixels, and the other seems to be scaled otherwise."""
        if self.of_pixels == other.of_pixels:
            return
        floats = other if self.of_pixels else self
        if floats.low < -_SLACK or floats.high > 1.0 + _SLACK:
            raise ValueError(
                "One set was 8-bit pixels, which were scaled to [0, 1], but the other lies in "
                f"[{floats.low:g}, {floats.high:g}]. Say what pixels are to be scaled to: "
                "value_range=(-1, 1), say."
            )
