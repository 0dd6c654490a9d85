"""Inference in parts: of what `fit` accepts, with bounded memory, whatever the parts' size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kfdiv import random
from kfdiv.data import elements, inputs, pixels
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks

BATCH_SIZE = 1_000
"""Examples that go through the networks at once, at most; draws are made for as many together."""


class Part(NamedTuple):
    """Some rows that go through the networks at once.

    Attributes:
        x: examples or latents, shape `(rows, ...)`.
        condition: what they are conditioned on, or None.
        block: which block of `BATCH_SIZE` rows they are in.
        start: their first row, within the block.
        total: rows of the block; None where the rows cannot be counted, and are all.
    """

    x: tf.Tensor
    condition: Any = None
    block: int | tf.Tensor = 0
    start: int = 0
    total: int | None = None

    def seed(self, base: tf.Tensor) -> tf.Tensor:
        """Return the seed of what is drawn for these rows, however the block was cut."""
        # No other use of the base is folded by negative numbers.
        if tf.is_tensor(self.block):
            seed = tf.where(self.block > 0, random.fold(base, -self.block), base)
        else:
            seed = random.fold(base, -self.block) if self.block else base
        count = self.x.shape[0]
        whole = self.total is None or count == self.total
        return seed if whole else random.rows(seed, self.start, count, self.total)


def parts(
    x: tf.Tensor, condition: tf.Tensor | None, batch_size: int | None, block: int = 0
) -> Iterator[Part]:
    """Cut a tensor, and the conditions beside it, into parts.

    Args:
        x: shape `(rows, ...)`.
        condition: of each row, or None.
        batch_size: rows of a part; None, and what exceeds it, means `BATCH_SIZE`.
        block: the number of the first block.
    """
    size = BATCH_SIZE if batch_size is None else checks.check_count("batch_size", batch_size)
    count = x.shape[0]
    # In a graph that is traced for any number of rows they cannot be counted.
    if count is None or count == 0:
        yield Part(x, condition, block)
        return
    for first in range(0, count, BATCH_SIZE):
        stop = min(first + BATCH_SIZE, count)
        for start in range(first, stop, size):
            rows = slice(start, min(start + size, stop))
            given = None if condition is None else condition[rows]
            place = (block + first // BATCH_SIZE, start - first, stop - first)
            yield Part(x[rows], given, *place)


def parts_of_data_set(
    data: Any,
    event_shape: tuple[int, ...],
    dtype: str,
    value_range: tuple[float, float],
    batch_size: int | None,
    drawing: bool,
) -> Iterator[Part]:
    """Read a data set, with its y for conditions, in parts no larger than its batches.

    Args:
        data: anything that gives batches x, `(x, y)` or `(x, y, w)`.
        event_shape: of one example.
        dtype: in which they come.
        value_range: what 8-bit pixels are scaled to.
        batch_size: refused, as batches have their own.
        drawing: whether blocks must be whole, as draws need.
    """
    dataset = inputs.as_dataset(
        data, batch_size=batch_size, event_shape=event_shape, value_range=value_range
    )
    if inputs.is_endless(dataset):
        raise ValueError(
            "Received data without an end. Say how much of them to take: dataset.take(100)."
        )
    dataset = inputs.first_pass(dataset).map(_with_rows)
    if drawing:
        dataset = dataset.rebatch(BATCH_SIZE)
    for block, (x, y, rows) in enumerate(dataset):
        # Where batches have no y there is an empty tuple in its place.
        y = None if isinstance(y, tuple) else y
        x = checks.as_batch(x, event_shape, "x", dtype)
        yield from parts(x, y, max(1, int(tf.reduce_max(rows))), block)


def examples(
    model: Any, x: Any, condition: Any, batch_size: int | None, drawing: bool = False
) -> Iterator[Part]:
    """Yield examples, with what they are conditioned on, some at a time.

    Args:
        model: a `LatentVariableModel`.
        x: whatever `fit` takes.
        condition: beside examples: one for all of them, or one for each.
        batch_size: examples of a part.
        drawing: as of `parts_of_data_set`.
    """
    shape, dtype = model.event_shape, density_dtype(model)
    if inputs.is_examples(x):
        x = as_examples(x, shape, dtype, model.pixel_range)
        checks.check_inferred(x, "x", model.decoder)
        condition = model.conditions(condition, tf.shape(x)[0])
        yield from parts(x, condition, batch_size)
        return
    if condition is not None:
        raise ValueError("A data set brings its conditions: yield (x, y), and leave them out.")
    scale = model.known_pixel_range()
    for part in parts_of_data_set(x, shape, dtype, scale, batch_size, drawing):
        checks.check_inferred(part.x, "x", model.decoder)
        c = None
        if model.condition is not None:
            c = model.conditions(part.condition, tf.shape(part.x)[0])
        yield part._replace(condition=c)


def _with_rows(*element: Any) -> tuple[Any, Any, tf.Tensor]:
    """Return x, y, and beside each row how many its batch has."""
    x, y, _ = elements.parts_of(element if len(element) > 1 else element[0])
    rows = tf.shape(x)[0]
    return x, () if y is None else y, tf.fill([rows], rows)


def as_examples(
    x: Any, event_shape: tuple[int, ...], dtype: str, pixel_range: keras.Variable
) -> tf.Tensor:
    """Return examples as one float tensor, 8-bit pixels scaled.

    Args:
        x: examples, of which `inputs.is_examples` says that they are such.
        event_shape: of one.
        dtype: in which they come.
        pixel_range: what 8-bit pixels are scaled to.

    Raises:
        TypeError: if they are neither floats nor pixels.
        ValueError: if they have another shape, or are batches.
    """
    if isinstance(x, (list, tuple)):
        x = inputs.as_array(x, event_shape)
    x = scaled(tf.convert_to_tensor(x), pixel_range)
    if not x.dtype.is_floating:
        raise TypeError(
            f"Received x of dtype {x.dtype.name}; expected floats, or uint8 for pixels from 0 to "
            "255. Convert it: tf.cast(x, tf.float32)."
        )
    return checks.as_batch(x, event_shape, "x", dtype)


def scaled(x: tf.Tensor, pixel_range: keras.Variable) -> tf.Tensor:
    """Return 8-bit pixels as floats of a range, and anything else as it is."""
    if x.dtype != tf.uint8:
        return x
    if tf.executing_eagerly():
        return pixels.to_float(x, pixels.check_known(pixel_range.numpy()))
    # Read when the graph runs, as a later `fit` may change it.
    low, high = tf.unstack(tf.debugging.check_numerics(pixel_range.value, pixels.UNKNOWN))
    return low + tf.cast(x, low.dtype) * ((high - low) / 255.0)


def join(results: Iterable[tf.Tensor]) -> tf.Tensor:
    """Return results of parts as one tensor."""
    found = list(results)
    if not found:
        raise ValueError("Received an empty data set; expected at least one batch.")
    return found[0] if len(found) == 1 else tf.concat(found, axis=0)


def join_draws(pieces: Iterable[Part], answer: Callable[[Part], tf.Tensor]) -> tf.Tensor:
    """Return what is drawn for parts as one tensor.

    In a graph that is traced for any number of rows, their blocks are cut when it runs, so that
    draws are those that they are elsewhere.

    Args:
        pieces: the parts.
        answer: what is drawn for one of them, a row each.
    """

    def of(piece: Part) -> tf.Tensor:
        unknown = piece.x.shape[0] is None and not tf.executing_eagerly()
        return _by_blocks(piece, answer) if unknown else answer(piece)

    return join(of(piece) for piece in pieces)


def _by_blocks(piece: Part, answer: Callable[[Part], tf.Tensor]) -> tf.Tensor:
    blocks = tf.maximum(1, -(-tf.shape(piece.x)[0] // BATCH_SIZE))
    shapes = []

    def one(index: tf.Tensor, results: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        rows = slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE)
        condition = None if piece.condition is None else piece.condition[rows]
        result = answer(Part(piece.x[rows], condition, index))
        shapes.append([None, *result.shape[1:]])
        return index + 1, results.write(index, result)

    # The last block is smaller.
    results = tf.TensorArray(piece.x.dtype, blocks, infer_shape=False)
    _, results = tf.while_loop(lambda index, _: index < blocks, one, [0, results])
    return tf.ensure_shape(results.concat(), shapes[0])
