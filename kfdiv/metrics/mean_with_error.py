"""A running mean together with its standard error."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="kfdiv")
class MeanWithError(keras.metrics.Metric):
    """Streaming mean and its standard error, `se = sqrt((E[v^2] - E[v]^2) / (n - 1))`.

    The state is three sums, because replicas add their states; they are float64, because in float32
    the difference of moments loses the variance of values whose mean is large.

    With weights w the mean is `m = sum w v / sum w`, and its standard error is that of a ratio:
    `sqrt(n / (n - 1) sum w^2 (v - m)^2) / sum w`, n the number of values of positive weight.

    Args:
        name: the metric's name.
        dtype: dtype of the sums.

    Example:
        >>> metric = MeanWithError()
        >>> metric.update_state([1.0, 2.0]); metric.update_state([3.0])
        >>> float(metric.result()), round(float(metric.standard_error()), 4)
        (2.0, 0.5774)
    """

    def __init__(self, name: str = "mean_with_error", dtype: str = "float64") -> None:
        super().__init__(name=name, dtype=dtype)

        def sums(name: str) -> keras.Variable:
            return self.add_variable((), "zeros", dtype=self.dtype, name=name)

        self.count = sums("count")
        self.total = sums("total")
        # Of (w v)^2, and what weights make differ from the two above.
        self.squares = sums("squares")
        self.weight = sums("weight")
        self.squared_weight = sums("squared_weight")
        self.squared_total = sums("squared_total")
        self.positive = sums("positive")

    def update_state(self, values: tf.Tensor, sample_weight: tf.Tensor | None = None) -> None:
        """Add independent per-example `values`, a float tensor of any shape, and their weights."""
        values = tf.cast(values, self.dtype)
        count = tf.cast(tf.size(values), self.dtype)
        self.count.assign(self.count + count)
        if sample_weight is None:
            total, sizes = tf.reduce_sum(values), (count, count, count)
            squares, squared_total = tf.reduce_sum(tf.square(values)), total
        else:
            weight = tf.cast(sample_weight, self.dtype)
            # A value of weight zero takes no part, even where it is infinite.
            weighted = tf.math.multiply_no_nan(values, weight)
            total, squares = tf.reduce_sum(weighted), tf.reduce_sum(tf.square(weighted))
            squared_total = tf.reduce_sum(weighted * weight)
            positive = tf.reduce_sum(tf.cast(weight > 0, self.dtype))
            sizes = (tf.reduce_sum(weight), tf.reduce_sum(tf.square(weight)), positive)
        self.total.assign(self.total + total)
        self.squares.assign(self.squares + squares)
        self.squared_total.assign(self.squared_total + squared_total)
        sums = (self.weight, self.squared_weight, self.positive)
        for variable, size in zip(sums, sizes, strict=True):
            variable.assign(variable + size)

    def result(self) -> tf.Tensor:
        """Return the mean so far, a scalar; 0 before the first value, as Keras's `Mean` does."""
        return tf.math.divide_no_nan(self.total.value, self.weight.value)

    def standard_error(self) -> tf.Tensor:
        """Return the standard error of the mean so far, a scalar; NaN below two values."""
        # Not by way of `result`, which Keras rounds to float32.
        mean = self.total / self.weight
        # That of (v - m)^2 under the weights w^2.
        spread = self.squares / self.squared_weight
        spread -= mean * (2.0 * (self.squared_total / self.squared_weight) - mean)
        scale = self.squared_weight * self.positive / (self.weight * self.weight)
        return tf.sqrt(tf.maximum(spread, 0.0) * scale / (self.positive - 1.0))

    def load_own_variables(self, store: Any) -> None:
        """Read nothing: sums are of one pass over data, and older files hold fewer of them."""

    def save_own_variables(self, store: Any) -> None:
        """Write nothing; see `load_own_variables`."""
