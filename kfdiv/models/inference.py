"""Inference in batches: what `fit` accepts, with bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from kfdiv.data import inputs, pixels
from kfdiv.models import checks
from kfdiv.models.batch import parts_of

BATCH_SIZE = 1_000
"""Examples that inference works on at once, where nothing else is said."""


def scaled(x: Any, value_range: Callable[[], Sequence[float]]) -> Any:
    """Return 8-bit pixels as floats of a range, and anything else as it is.

    Args:
        x: anything with a dtype; what has none is no pixels.
        value_range: returns the range, where there are pixels.

    Raises:
        ValueError: on pixels, if the range is not known (NaN).
    """
    if tf.as_dtype(getattr(x, "dtype", None) or tf.float32) != tf.uint8:
        return x
    low, high = (float(end) for end in value_range())
    if not low < high:
        raise ValueError(
            "Received 8-bit pixels, but this model was fitted on floats outside of [0, 1], so how "
            "they were scaled is not known. Scale these alike, for example x / 127.5 - 1."
        )
    return pixels.to_float(tf.convert_to_tensor(x), (low, high))


def is_data_set(x: Any) -> bool:
    """Say whether `x` yields batches, rather than being one."""
    if isinstance(x, (tf.data.Dataset, keras.utils.PyDataset)):
        return True
    return hasattr(x, "__iter__") and not hasattr(x, "__len__") and not tf.is_tensor(x)


def batches(
    x: Any, condition: Any, event_shape: tuple[int, ...], batch_size: int | None, name: str = "x"
) -> Iterator[tuple[Any, Any]]:
    """Yield x and what it is conditioned on, some examples at a time.

    Args:
        x: shape `(examples, *event_shape)`, or a data set of batches `x`, `(x, y)` or `(x, y, w)`,
            whose y is then the condition.
        condition: a tensor of one for each example, or None.
        event_shape: of one example.
        batch_size: how many examples at once; None means `BATCH_SIZE`.
        name: what errors call x.
    """
    if is_data_set(x):
        for element in inputs.as_dataset(x, shuffle=False, drop_remainder=False):
            x, y, _ = parts_of(element)
            yield checks.as_batch(x, event_shape, name), y
        return
    x = checks.as_batch(x, event_shape, name)
    count = x.shape[0]
    size = BATCH_SIZE if batch_size is None else checks.check_count("batch_size", batch_size)
    # In a graph that is traced for any number of examples they cannot be counted.
    if count is None or count <= size:
        yield x, condition
        return
    for start in range(0, count, size):
        rows = slice(start, start + size)
        yield x[rows], None if condition is None else condition[rows]


def join(parts: Iterator[tf.Tensor]) -> tf.Tensor:
    """Return results of batches as one tensor."""
    found = list(parts)
    return found[0] if len(found) == 1 else tf.concat(found, axis=0)


def seeds(seed: tf.Tensor, fold: Callable[[tf.Tensor, int], tf.Tensor]) -> Iterator[tf.Tensor]:
    """Yield a seed a batch, the first one `seed` itself."""
    yield seed
    index = 0
    while True:
        index += 1
        yield fold(seed, index)
