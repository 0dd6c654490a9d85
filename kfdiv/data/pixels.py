"""Pixels: from bytes to floats of a stated range, and the check of floats that claim one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

# Values looked at together, so that the check of a large array takes little memory.
_BLOCK = 1 << 22

UNKNOWN = (
    "Received 8-bit pixels, but this model was fitted on floats outside of [0, 1], so how they "
    "were scaled is not known. Scale these alike, for example x / 127.5 - 1."
)
"""What is said of pixels that no range is known for."""


def to_float(pixels: tf.Tensor, value_range: tuple[float, float]) -> tf.Tensor:
    """Scale bytes to a range, `low + (high - low) x / 255`, both ends exact.

    Args:
        pixels: uint8 tensor.
        value_range: `(low, high)`, `(0, 1)` or `(-1, 1)`.

    Returns:
        A float32 tensor of the same shape.

    Example:
        >>> to_float(tf.constant([0, 255], tf.uint8), (-1.0, 1.0)).numpy().tolist()
        [-1.0, 1.0]
    """
    low, high = value_range
    scaled = tf.cast(pixels, tf.float32) * np.float32((high - low) / 255)
    return scaled + np.float32(low) if low else scaled


def to_float_array(pixels: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Do what `to_float` does, to the bit, with arrays."""
    low, high = value_range
    scaled = pixels.astype(np.float32) * np.float32((high - low) / 255)
    return scaled + np.float32(low) if low else scaled


def check_known(value_range: tuple[float, float] | None) -> tuple[float, float]:
    """Return the range that 8-bit pixels are scaled to.

    Raises:
        TypeError: if it is None, where pixels make no sense.
        ValueError: if it is NaN, where it is not known.
    """
    if value_range is None:
        raise TypeError("Received values of dtype uint8; expected floats, which are no pixels.")
    low, high = (float(end) for end in value_range)
    if not low < high:
        raise ValueError(UNKNOWN)
    return low, high


def check_range(x: np.ndarray, value_range: tuple[float, float]) -> None:
    """Raise a ValueError if floats that are said to lie in `value_range` do not."""
    low, high = value_range
    _require(
        x,
        lambda block: (block >= low) & (block <= high),
        f"outside value_range=({low:g}, {high:g})",
        "Only uint8 pixels are scaled to value_range: scale these floats yourself, or leave "
        "value_range out if they are not pixels.",
    )


def check_finite(x: np.ndarray, name: str) -> None:
    """Raise a ValueError if floats hold a NaN or an infinity."""
    _require(
        x,
        np.isfinite,
        f"not finite in {name}",
        "Remove or replace them.",
    )


def _require(x: np.ndarray, good: Callable[[np.ndarray], np.ndarray], what: str, fix: str) -> None:
    """Raise a ValueError that says how many values are not `good` and where the first one is."""
    values = np.ascontiguousarray(x).reshape(-1)
    count, first = 0, -1
    for start in range(0, values.size, _BLOCK):
        bad = ~good(values[start : start + _BLOCK])
        if count == 0 and bad.any():
            first = start + int(np.argmax(bad))
        count += int(np.count_nonzero(bad))
    if count:
        index = tuple(int(i) for i in np.unravel_index(first, x.shape))
        raise ValueError(
            f"Received {count} of {values.size} values {what}; the first is {values[first]} at "
            f"index {index}. {fix}"
        )
