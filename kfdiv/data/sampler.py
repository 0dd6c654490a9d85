"""Which examples the batch of a step holds: arithmetic, nothing remembered."""

from __future__ import annotations

from typing import final

import tensorflow as tf

from kfdiv import random
from kfdiv.data import order
from kfdiv.data.batching import Batching


@final
class BatchSampler:
    """With n steps an epoch, step s is batch `s % n` of epoch `s // n`.

    Args:
        num_examples: how many examples there are.
        batching: size and order of the batches.

    Attributes:
        batch_size: examples a batch.
        steps_per_epoch: batches an epoch.
        short: size of an epoch's last batch if it is a smaller one, else 0.
        rows: the size that every batch has, or None where they differ.

    Raises:
        ValueError: if there are fewer examples than a batch, and the remainder is dropped.

    Example:
        >>> sampler = BatchSampler(5, Batching(batch_size=2, shuffle=False))
        >>> sampler.examples(tf.constant(1), tf.constant(4)).numpy().tolist()
        [[2, 3], [0, 1], [2, 3]]
    """

    def __init__(self, num_examples: int, batching: Batching) -> None:
        size = batching.batch_size
        if batching.drop_remainder and size > num_examples:
            raise ValueError(
                f"Received batch_size={size}, more than the {num_examples} examples. Use at most "
                f"batch_size={num_examples}, or open the data with kfdiv.data and "
                "drop_remainder=False."
            )
        self.batch_size = size
        self.short = 0 if batching.drop_remainder else num_examples % size
        self.steps_per_epoch = num_examples // size + bool(self.short)
        self.rows = None if self.short else size
        self._num_examples = num_examples
        self._shuffle = batching.shuffle
        self._seed = random.seed(batching.seed, "data.order")

    def examples(self, start: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
        """Return the numbers of the examples of steps `start` to `stop`, a batch a row.

        Args:
            start: an integer scalar tensor.
            stop: likewise; those steps must have batches of one size.

        Returns:
            An int64 tensor of shape `(stop - start, rows)`.
        """
        step = tf.range(tf.cast(start, tf.int64), tf.cast(stop, tf.int64))[:, None]
        place = step % self.steps_per_epoch
        rows = self.batch_size
        if self.short:
            last = place[0, 0] == self.steps_per_epoch - 1
            rows = tf.where(last, self.short, self.batch_size)
        example = place * self.batch_size + tf.range(tf.cast(rows, tf.int64))
        if self._shuffle:
            epoch = step // self.steps_per_epoch
            example = order.shuffled(example, epoch, self._seed, self._num_examples)
        return tf.ensure_shape(example, [None, self.rows])

    def epoch_seed(self, epoch: tf.Tensor) -> tf.Tensor | None:
        """Return the seed of an epoch's order, int64, for who shuffles himself; None: as stored."""
        if not self._shuffle:
            return None
        key = random.fold(self._seed, epoch)
        return tf.random.stateless_uniform([], key, None, None, tf.int64, alg="philox")
