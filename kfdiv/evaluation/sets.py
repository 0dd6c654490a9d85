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
# Those that images' pixels usually have.
_RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))
# A share of a range, which the brightest pixel of images of it is above.
_BRIGHT = 0.4
OUTSIDE = 0.1
"""A share of the range, by which pixels may be out of it on average: noise takes them there."""


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


def share_outside(x: np.ndarray, scale: tuple[float, float]) -> float:
    """Return how far `x` are out of a range on average, as a share of it.

    Example:
        >>> share_outside(np.array([0.0, 1.5]), (0.0, 1.0))
        0.25
    """
    low, high = scale
    return float(np.abs(x - np.clip(x, low, high)).mean() / (high - low))


class RangeMet:
    """The range of what a set holds, and whether it was scaled from 8-bit pixels.

    Args:
        name: what errors call the set.
        known: the range that pixels are said to have, or None.
    """

    def __init__(self, name: str, known: tuple[float, float] | None = None) -> None:
        self.name, self.known = name, known
        self.of_pixels, self.low, self.high = False, math.inf, -math.inf
        self._images = True
        self._count, self._outside = 0, dict.fromkeys([*_RANGES, known or _RANGES[0]], 0.0)

    def update(self, batch: examples.Examples) -> None:
        """Add examples."""
        self.of_pixels = self.of_pixels or batch.of_pixels
        self.low, self.high = min(self.low, batch.x.min()), max(self.high, batch.x.max())
        self._images = self._images and batch.x.ndim == 4
        if self._images:
            for scale in self._outside:
                self._outside[scale] += len(batch) * share_outside(batch.x, scale)
            self._count += len(batch)

    def check_known(self) -> None:
        """Raise if pixels seem to have another range than they are said to have."""
        seen = self._seen()
        if None not in (self.known, seen) and self._is_out_of(self.known):
            raise ValueError(
                f"{self.name} go from {self.low:g} to {self.high:g}, far out of the range "
                f"{self.known} that their pixels are said to have. Scale them to it, or say how "
                f"they are scaled, value_range={_told(seen)}, to all that takes them."
            )

    def check_beside(self, other: RangeMet) -> None:
        """Raise if two sets seem to have pixels of two ranges."""
        if self.of_pixels == other.of_pixels:
            self._check_alike(other)
            return
        floats = other if self.of_pixels else self
        if self.known is None and (floats.low < -_SLACK or floats.high > 1.0 + _SLACK):
            raise ValueError(
                "One set was 8-bit pixels, which were scaled to [0, 1], but the other lies in "
                f"[{floats.low:g}, {floats.high:g}]. Say what pixels are to be scaled to: "
                "value_range=(-1, 1), say."
            )

    def _check_alike(self, other: RangeMet) -> None:
        seen, beside = self._seen(), other._seen()
        if None in (seen, beside) or seen == beside:
            return
        if other._is_out_of(seen) or self._is_out_of(beside):
            raise ValueError(
                f"{self.name} go from {self.low:g} to {self.high:g}, and {other.name} from "
                f"{other.low:g} to {other.high:g}: pixels of two ranges, {_told(seen)} and "
                f"{_told(beside)}, cannot be compared. Scale both alike."
            )

    def _seen(self) -> tuple[float, float] | None:
        """Return which of the usual ranges the pixels of images seem to have, or None."""
        for low, high in _RANGES if self._images else ():
            slack = _SLACK * high
            # Not the dark ones, which may be of any range.
            if self.low >= low - slack and _BRIGHT * high < self.high <= high + slack:
                return low, high
        return None

    def _is_out_of(self, scale: tuple[float, float]) -> bool:
        return self._outside[scale] / self._count > OUTSIDE


def _told(scale: tuple[float, float]) -> str:
    return f"({scale[0]:g}, {scale[1]:g})"
