"""Data that `fit` evaluates on between epochs: split off, and checked before training."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from kfdiv.arguments import check_count, check_number
from kfdiv.data import inputs
from kfdiv.data.elements import parts_of


def check_settings(data: Any, steps: Any, batch_size: Any, freq: Any) -> None:
    """Raise a ValueError if there are settings of a validation but no data, or they are wrong."""
    given = {"validation_steps": steps, "validation_batch_size": batch_size}
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        check_count(name, value)
    if data is None and given:
        raise ValueError(
            f"{' and '.join(given)} came without validation_data; pass the data too, or leave "
            "them out."
        )
    if not isinstance(freq, (list, tuple, set)):
        check_count("validation_freq", freq)


def batch_size_of(data: Any, batch_size: int | None) -> int | None:
    """Return the batch size for data to evaluate on: that of the training array, of arrays."""
    x = parts_of(data)[0]
    return batch_size if hasattr(x, "shape") or isinstance(x, (list, tuple)) else None


def check_repeatable(held_out: tf.data.Dataset, times: int) -> None:
    """Raise if data to evaluate on are wanted more than once, and can be read only once.

    Args:
        held_out: the data, of which an evaluation takes all.
        times: how often.

    Raises:
        ValueError: saying what to pass instead.
    """
    if times > 1 and inputs.is_one_shot(held_out):
        raise ValueError(
            "validation_data come from a generator or another iterator, which can be read only "
            f"once, but are wanted {times} times. Pass a function that returns it, arrays, or "
            "validation_steps, the batches that each evaluation takes of it."
        )


def split_off(parts: tuple[Any, Any, Any], share: float) -> tuple[tuple, tuple]:
    """Split arrays x, y and w in two, the last `share` of the examples apart, as Keras does.

    Raises:
        ValueError: if x is no array, the share is none, or one part would be empty.

    Example:
        >>> import numpy as np
        >>> train, held_out = split_off((np.arange(10.0), None, None), 0.2)
        >>> held_out[0].tolist()
        [8.0, 9.0]
    """
    x = parts[0]
    check_number("validation_split", share, above=0, below=1)
    if not hasattr(x, "shape"):
        raise ValueError(
            "validation_split splits arrays, but x is "
            f"{type(x).__name__}. Split the data yourself, and pass validation_data=..."
        )
    count = len(x)
    first = math.floor(count * (1 - share))
    if not 0 < first < count:
        raise ValueError(f"validation_split={share} leaves one part of {count} examples empty.")
    kept = tuple(None if part is None else part[:first] for part in parts)
    return kept, tuple(None if part is None else part[first:] for part in parts)
