"""Batches that hold a NaN or an infinity: found while they are read, and named."""

from __future__ import annotations

import re
from typing import Any

import tensorflow as tf

from kfdiv.data.elements import parts_of

_FOUND = "values are not finite"


def checked(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return the same batches, of which one that is not finite raises an error.

    Examples of weight zero take no part, and may hold anything.

    Args:
        dataset: of batches x, `(x, y)` or `(x, y, w)`.

    Example:
        >>> batches = checked(tf.data.Dataset.from_tensors([[0.0], [float("nan")]]))
        >>> try:
        ...     next(iter(batches))
        ... except tf.errors.InvalidArgumentError as error:
        ...     print(explained(error))
        Batch 1 of the data holds 1 value that is NaN or infinite. Clean the data, for example
        dataset.unbatch().filter(...).
    """

    def check(index: tf.Tensor, *parts: Any) -> Any:
        x, _, w = parts_of(parts if len(parts) > 1 else parts[0])
        wrong = tf.logical_not(tf.math.is_finite(x))
        if w is not None:
            wrong &= tf.reshape(w != 0, tf.concat([tf.shape(w), tf.ones_like(tf.shape(x)[1:])], 0))
            wrong = tf.concat([tf.reshape(wrong, [-1]), tf.logical_not(tf.math.is_finite(w))], 0)
        count = tf.math.count_nonzero(wrong)
        with tf.control_dependencies([tf.debugging.Assert(count == 0, [_FOUND, index + 1, count])]):
            return tf.nest.map_structure(tf.identity, parts if len(parts) > 1 else parts[0])

    numbered = dataset.enumerate()
    if isinstance(dataset.element_spec, tuple):
        return numbered.map(lambda index, parts: check(index, *parts))
    return numbered.map(check)


def explained(error: tf.errors.InvalidArgumentError) -> Exception:
    """Return what `checked` found in words, or another error as it is."""
    found = re.search(rf"{_FOUND}\]? \[(\d+)\] \[(\d+)\]", error.message)
    if found is None:
        return error
    batch, count = map(int, found.groups())
    values = "1 value that is" if count == 1 else f"{count} values that are"
    return FloatingPointError(
        f"Batch {batch} of the data holds {values} NaN or infinite. Clean the data, for example "
        "dataset.unbatch().filter(...)."
    )
