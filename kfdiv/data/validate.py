"""Arrays that a user hands over: made into what a stream holds, or refused with the fix."""

from __future__ import annotations

from typing import Any

import numpy as np

from kfdiv.data import pixels


def examples(x: Any) -> np.ndarray:
    """Check examples and return them as float32, or uint8 if they are bytes.

    Args:
        x: array-like of shape `(examples, ...)`, any float dtype or uint8.

    Returns:
        A NumPy array of the same shape.

    Raises:
        TypeError: if the dtype is neither a float nor uint8.
        ValueError: if the rank is wrong, or if `x` is empty or holds NaN or infinity.

    Example:
        >>> examples([[0.5], [1.5]]).dtype
        dtype('float32')
    """
    x = np.asarray(x)
    check_examples(x)
    if x.dtype == np.uint8:
        return x
    pixels.check_finite(x, "x")
    with np.errstate(over="ignore"):
        single = x.astype(np.float32, copy=False)
    if single is not x:
        pixels.check_finite(single, "x.astype('float32')")
    return single


def check_examples(x: np.ndarray, name: str = "x") -> None:
    """Raise if an array cannot be examples, by its shape and dtype; see `examples`.

    Args:
        x: the array.
        name: what errors call it.
    """
    check_some(x, name)
    fix = {0: "a scalar is no data set", 1: f"add a feature axis: {name}[:, None]"}
    if x.ndim in fix:
        raise ValueError(
            f"Received {name} of shape {x.shape}; expected (examples, ...) with at least one "
            f"feature axis: {fix[x.ndim]}."
        )
    if x.dtype == np.uint8 or np.issubdtype(x.dtype, np.floating):
        return
    if np.issubdtype(x.dtype, np.integer):
        raise TypeError(
            f"Received {name} of dtype {x.dtype}; expected floats, or uint8 for pixels from 0 to "
            f'255. Convert it: {name}.astype("uint8") if it holds such pixels, else '
            f'{name}.astype("float32").'
        )
    fix = f'Convert it: {name}.astype("float32").'
    if np.issubdtype(x.dtype, np.complexfloating):
        fix = f"Take its parts as features: np.stack([{name}.real, {name}.imag], axis=-1)."
    elif not np.issubdtype(x.dtype, np.bool_):
        fix = "Text and other objects are no data: make numbers of them first."
    raise TypeError(
        f"Received {name} of dtype {x.dtype}; expected floats, or uint8 for pixels from 0 to 255. "
        f"{fix}"
    )


def check_some(x: np.ndarray, name: str = "x") -> None:
    """Raise a ValueError if an array is empty."""
    if x.size == 0:
        raise ValueError(
            f"Received empty {name} of shape {x.shape}; expected at least one example."
        )


def labels(y: Any, num_examples: int) -> np.ndarray:
    """Check labels and return them as an array.

    Args:
        y: array-like of shape `(examples, ...)`, integers, booleans or floats.
        num_examples: how many there should be.

    Returns:
        A NumPy array: int64 becomes int32.

    Raises:
        TypeError: if the dtype is not numeric.
        ValueError: if their number is not that of the examples, or if they hold NaN or infinity.

    Example:
        >>> labels([0, 1, 1], 3).dtype
        dtype('int32')
    """
    y = np.asarray(y)
    if y.ndim == 0 or len(y) != num_examples:
        raise ValueError(
            f"Received y of shape {y.shape} beside {num_examples} examples; expected a label each."
        )
    if y.dtype == np.int64:
        y = y.astype(np.int32)
    if np.issubdtype(y.dtype, np.floating):
        pixels.check_finite(y, "y")
    elif y.dtype.kind not in "iub":
        raise TypeError(f"Received y of dtype {y.dtype}; expected integers, booleans or floats.")
    return y


def weights(w: Any, num_examples: int) -> np.ndarray:
    """Check the weights of examples and return them as float32.

    Args:
        w: array-like of shape `(examples,)`: finite numbers, 0 or more, not all of them 0.
        num_examples: how many there should be.

    Returns:
        A float32 array of that shape.

    Raises:
        TypeError: if the dtype is not numeric.
        ValueError: if the shape is another, or a number is negative, NaN or infinite, or all are 0.

    Example:
        >>> weights([0, 1, 2.5], 3).tolist()
        [0.0, 1.0, 2.5]
    """
    w = np.asarray(w)
    check_weights(w, num_examples)
    single = w.astype(np.float32)
    check_any_weight(single)
    return single


def check_any_weight(w: np.ndarray) -> None:
    """Raise a ValueError if all weights are zero."""
    if not w.any():
        raise ValueError(
            f"Received sample_weight of {w.size} zeros, which leaves no example; expected at least "
            "one positive weight."
        )


def check_weights(w: np.ndarray, num_examples: int) -> None:
    """Raise if an array cannot be weights of so many examples, or of some; see `weights`."""
    if w.shape != (num_examples,):
        raise ValueError(
            f"Received sample_weight of shape {w.shape} beside {num_examples} examples; expected "
            f"a weight each, shape ({num_examples},)."
        )
    if w.dtype.kind not in "iubf":
        raise TypeError(f"Received sample_weight of dtype {w.dtype}; expected numbers.")
    pixels.check_finite(w.astype(np.float32), "sample_weight")
    if (w < 0).any():
        raise ValueError(
            f"Received {int((w < 0).sum())} of {w.size} weights below zero in sample_weight; the "
            f"first is {w[w < 0][0]} at index ({int(np.argmax(w < 0))},). A weight says how often "
            "an example counts: 0 or more."
        )
