"""How many modes samples cover, batch after batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kfdiv.arguments import check_count


@keras.saving.register_keras_serializable(package="kfdiv")
class ModeCoverage(keras.metrics.Metric):
    """Streaming count of covered modes, and `KL(g || w)` of the modes of samples and data.

    The state is a count a mode, so any batches and any replicas give what
    `kfdiv.evaluation.mode_coverage` says of all labels at once.

    Args:
        weights: probabilities of the modes under the data, shape `(modes,)`, divided by their sum.
        least: samples that a covered mode has at least.
        name: the metric's name.

    Raises:
        ValueError: if a weight is not positive, or `least` is not.

    Example:
        >>> metric = ModeCoverage([1.0, 1.0, 1.0, 1.0])
        >>> metric.update_state([0, 0, -1]); metric.update_state([2, 2])
        >>> float(metric.result()), round(float(metric.reverse_kl()), 4)
        (2.0, 0.6931)
    """

    def __init__(
        self, weights: Sequence[float], least: int = 1, name: str = "mode_coverage"
    ) -> None:
        super().__init__(name=name, dtype="float64")
        self.weights = [float(weight) for weight in weights]
        if not self.weights or not all(0 < weight < math.inf for weight in self.weights):
            raise ValueError(f"weights must be positive numbers, but got {self.weights}.")
        self.least = check_count("least", least, expected="a positive number of samples")
        shape = (len(self.weights),)
        self.counts = self.add_variable(shape, "zeros", dtype=self.dtype, name="counts")

    def update_state(self, labels: tf.Tensor, sample_weight: None = None) -> None:
        """Add samples by their modes: integers of any shape; -1 for a sample of no mode.

        Raises:
            ValueError: if there are weights: samples are counted, which have none.
        """
        if sample_weight is not None:
            raise ValueError(
                "ModeCoverage counts samples of a model, which have no weights. Leave "
                "sample_weight out."
            )
        labels = tf.reshape(tf.cast(labels, tf.int32), [-1])
        # One-hot leaves out what is no mode.
        ones = tf.one_hot(labels, len(self.weights), dtype=self.dtype)
        self.counts.assign_add(tf.reduce_sum(ones, axis=0))

    def result(self) -> tf.Tensor:
        """Return how many modes are covered so far, a scalar."""
        return tf.reduce_sum(tf.cast(self.counts.value >= self.least, self.dtype))

    def reverse_kl(self) -> tf.Tensor:
        """Return KL(modes of the samples || modes of the data) so far, in nats, a scalar.

        Infinite before the first sample of a mode.
        """
        counts = self.counts.value
        total = tf.reduce_sum(counts)
        weights = tf.constant(self.weights, self.dtype)
        share = tf.math.divide_no_nan(counts, total)
        kl = tf.reduce_sum(tf.math.xlogy(share, share * (tf.reduce_sum(weights) / weights)))
        return tf.where(total > 0, kl, tf.constant(float("inf"), self.dtype))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"weights": self.weights, "least": self.least, "name": self.name}
