"""Examples that can be had by their numbers: so any batch can, at any step, directly."""

from __future__ import annotations

import abc

import tensorflow as tf

from kfdiv.data import order
from kfdiv.data.grouping import Grouping
from kfdiv.data.stream import FOREVER, Stream


class IndexedStream(Stream):
    """A stream that computes which examples a batch holds, and looks them up all at once.

    A subclass says what example n is. A whole group of batches is one look-up.

    Args: those of `Stream`.

    Example:
        >>> import kfdiv
        >>> isinstance(kfdiv.data.load("digits").stream, IndexedStream)
        True
    """

    @abc.abstractmethod
    def _look_up(self, example: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Stored examples and labels by number.

        Args:
            example: int64 tensor of shape `(k, rows)`.

        Returns:
            `x` of shape `(k, rows, ...)`, bytes or what a batch is to hold; and `y` likewise, or
            None if labels are not wanted.
        """

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
        fixed = None if self._short else self.batch_size
        x, y = self._look_up(tf.ensure_shape(example, [None, fixed]))
        return self._element(x, y)


def _untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Leave out autotuning, of which there is nothing here.

    An iterator that is given up waits for the tuning thread to wake: up to five seconds.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
