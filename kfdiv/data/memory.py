"""Examples held in memory: any batch is a gather, so any step can be had directly."""

from __future__ import annotations

from typing import final

import numpy as np
import tensorflow as tf

from kfdiv.data import order, pixels
from kfdiv.data.batching import Batching
from kfdiv.data.grouping import Grouping
from kfdiv.data.info import Info
from kfdiv.data.stream import FOREVER, Stream


@final
class MemoryStream(Stream):
    """A stream over arrays. A whole group is gathered at once and scaled after, from bytes.

    Args:
        x: examples, shape `(examples, ...)`, uint8 or float32.
        y: labels, shape `(examples, ...)`, or None.
        info: facts that metrics use.
        batching: size, order and range of the batches.

    Raises:
        ValueError: as `Stream`; and if `x` is floats outside the `value_range` they should have.

    Example:
        >>> x = np.arange(6, dtype=np.float32).reshape(6, 1)
        >>> stream = MemoryStream(x, None, Info("six"), Batching(batch_size=2, shuffle=False))
        >>> next(iter(stream.batches(4))).numpy().ravel().tolist()
        [2.0, 3.0]
    """

    def __init__(self, x: np.ndarray, y: np.ndarray | None, info: Info, batching: Batching) -> None:
        label = None if y is None else tf.TensorSpec(y.shape[1:], y.dtype)
        super().__init__(len(x), tf.TensorSpec(x.shape[1:], x.dtype), label, info, batching)
        if x.dtype != np.uint8 and batching.value_range is not None:
            pixels.check_range(x, batching.value_range)
        # tf.data runs on the CPU; without this the examples would go to the GPU and come back.
        with tf.device("CPU:0"):
            self._x = tf.constant(x)
            self._y = tf.constant(y) if self._labelled else None

    def _batches(self, start: tf.Tensor) -> tf.data.Dataset:
        def batch(step: tf.Tensor) -> object:
            group = self._gather(step, step + 1)
            return tf.nest.map_structure(lambda part: tf.squeeze(part, 0), group)

        return _untuned(tf.data.Dataset.range(start, FOREVER).map(batch))

    def _groups(self, start: tf.Tensor, grouping: Grouping) -> tf.data.Dataset:
        def advance(step: tf.Tensor, _: tf.Tensor) -> tuple:
            stop = grouping.stop(step)
            return stop, (step, stop)

        return _untuned(tf.data.Dataset.counter().scan(start, advance).map(self._gather))

    def _gather(self, start: tf.Tensor, stop: tf.Tensor) -> object:
        """Batches `start` to `stop`, stacked. They have one size: a smaller one comes alone."""
        step = tf.range(start, stop)[:, None]
        place = step % self.steps_per_epoch
        rows = self.batch_size
        if self._short:
            last = place[0, 0] == self.steps_per_epoch - 1
            rows = tf.where(last, self._short, self.batch_size)
        example = place * self.batch_size + tf.range(tf.cast(rows, tf.int64))
        if self._shuffle:
            epoch = step // self.steps_per_epoch
            example = order.shuffled(example, epoch, self._seed, self.num_examples)
        x = self._stacked(self._x, example)
        y = self._stacked(self._y, example) if self._labelled else None
        return self._element(x, y)

    def _stacked(self, values: tf.Tensor, example: tf.Tensor) -> tf.Tensor:
        rows = None if self._short else self.batch_size
        return tf.ensure_shape(tf.gather(values, example), [None, rows, *values.shape[1:]])


def _untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Leave out autotuning, of which there is nothing here.

    An iterator that is given up waits for the tuning thread to wake: up to five seconds.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
