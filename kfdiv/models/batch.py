"""A batch of data: examples, what they are conditioned on, and their weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class Batch(NamedTuple):
    """Examples of P. Weights define P: `E_P[v] = sum_n w_n v_n / sum_n w_n`.

    Attributes:
        x: examples, shape `(batch, *event_shape)`.
        condition: what they are conditioned on, shape `(batch, size)`, or None.
        weight: non-negative numbers, shape `(batch,)`, or None, where all count alike.
    """

    x: tf.Tensor
    condition: tf.Tensor | None = None
    weight: tf.Tensor | None = None

    @property
    def size(self) -> tf.Tensor:
        """How many examples there are, an int32 scalar."""
        return tf.shape(self.x)[0]

    def mean(self, values: tf.Tensor) -> tf.Tensor:
        """Return this replica's share of the mean of `values` over the global batch.

        With weights it is the ratio `sum w v / sum w` over the global batch, whose bias is of the
        order of one over its size; 0 where all weights are zero.

        Args:
            values: shape `(batch,)`.

        Returns:
            A scalar.
        """
        context = tf.distribute.get_replica_context()
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if self.weight is None:
            return tf.reduce_mean(values) / replicas
        weight = tf.cast(self.weight, values.dtype)
        total = tf.reduce_sum(weight)
        if replicas > 1:
            total = context.all_reduce(tf.distribute.ReduceOp.SUM, total)
        # An example of weight zero takes no part, even where its value is infinite.
        weighted = tf.reduce_sum(tf.math.multiply_no_nan(values, weight))
        return tf.math.divide_no_nan(weighted, total)

    def model_weight(self, count: int | tf.Tensor) -> tf.Tensor | None:
        """Return weights of `count` draws of the model, or None.

        Draws of a conditional model have the batch's conditions, in turn, and so their weights.
        """
        if self.weight is None or self.condition is None:
            return None
        return tf.gather(self.weight, tf.range(count) % self.size)

    def masked(self, values: tf.Tensor) -> tf.Tensor:
        """Return `values` with zeros at the examples of weight zero."""
        if self.weight is None:
            return values
        return tf.where(self.weight > 0, values, tf.zeros_like(values))

    def split(self, parts: int) -> Batch:
        """Return the batch with a leading axis of `parts` equal parts."""
        return self._map(lambda leaf: tf.reshape(leaf, [parts, -1, *leaf.shape[1:]]))

    def part(self, index: int | tf.Tensor) -> Batch:
        """Return one of the parts that `split` made."""
        return self._map(lambda leaf: leaf[index])

    def _map(self, function: Callable[[tf.Tensor], tf.Tensor]) -> Batch:
        return Batch(*(None if leaf is None else function(leaf) for leaf in self))
