"""A batch of data: examples, what they are conditioned on, and their weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class Batch(NamedTuple):
    """Examples of P. Weights define P: `E_P[v] = sum_n w_n v_n / sum_n w_n`.

    Attributes:
        x: examples, shape `(batch, *event_shape)`.
        condition: what they are conditioned on, shape `(batch, size)`, or None.
        weight: non-negative numbers, shape `(batch,)`, or None, where all count alike.
        total: the sum of the weights over the global batch, if it has been computed.
    """

    x: tf.Tensor
    condition: tf.Tensor | None = None
    weight: tf.Tensor | None = None
    total: tf.Tensor | None = None

    @classmethod
    def of(
        cls, x: tf.Tensor, condition: tf.Tensor | None = None, weight: tf.Tensor | None = None
    ) -> Batch:
        """Return a batch in which an example of weight zero is another one in its place.

        Its value would take no part, but its gradient, zero times infinity, would. A weight below
        zero is NaN, which training and evaluation name.
        """
        if weight is None:
            return cls(x, condition)
        weight = tf.cast(weight, x.dtype)
        counts = weight > 0
        some = tf.argmax(counts)

        def replaced(values: tf.Tensor) -> tf.Tensor:
            shape = tf.concat([tf.shape(weight), tf.ones([tf.rank(values) - 1], tf.int32)], 0)
            one = tf.where(tf.reduce_any(counts), values[some], tf.zeros_like(values[some]))
            return tf.where(tf.reshape(counts, shape), values, one)

        weight = tf.where(weight < 0, tf.constant(math.nan, weight.dtype), weight)
        return cls(replaced(x), None if condition is None else replaced(condition), weight)

    def with_total(self) -> Batch:
        """Return the batch with `total`, which cannot be computed within a `tf.cond`."""
        return self._replace(total=None if self.weight is None else self._total(self.weight))

    def _total(self, weight: tf.Tensor) -> tf.Tensor:
        total = tf.reduce_sum(weight)
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            context = tf.distribute.get_replica_context()
            total = context.all_reduce(tf.distribute.ReduceOp.SUM, total)
        return total

    @property
    def size(self) -> tf.Tensor:
        """How many examples there are, an int32 scalar."""
        return tf.shape(self.x)[0]

    @property
    def mass(self) -> tf.Tensor:
        """What it counts for among batches: its size, or its weights' sum over the global batch."""
        if self.weight is None:
            return self.size
        return self._total(self.weight) if self.total is None else self.total

    def mean(self, values: tf.Tensor) -> tf.Tensor:
        """Return this replica's share of the mean of `values` over the global batch.

        With weights it is the ratio `sum w v / sum w` over the global batch, whose bias is of the
        order of one over its size; 0 where all weights are zero.

        Args:
            values: shape `(batch,)`.

        Returns:
            A scalar.
        """
        if self.weight is None:
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            return tf.reduce_mean(values) / replicas
        weight = tf.cast(self.weight, values.dtype)
        total = self._total(weight) if self.total is None else tf.cast(self.total, values.dtype)
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

    def defined(self, values: tf.Tensor | None) -> tf.Tensor | None:
        """Return `values`, shape `(batch,)`, with NaN where the condition is not finite."""
        if self.condition is None or values is None:
            return values
        finite = tf.reduce_all(tf.math.is_finite(self.condition), axis=-1)
        return tf.where(finite, values, tf.constant(math.nan, values.dtype))

    def split(self, parts: int) -> Batch:
        """Return the batch with a leading axis of `parts` equal parts."""
        return self._map(lambda leaf: tf.reshape(leaf, [parts, -1, *leaf.shape[1:]]))

    def part(self, index: int | tf.Tensor) -> Batch:
        """Return one of the parts that `split` made."""
        return self._map(lambda leaf: leaf[index])

    def _map(self, function: Callable[[tf.Tensor], tf.Tensor]) -> Batch:
        return Batch(*(None if leaf is None else function(leaf) for leaf in self[:3]))
