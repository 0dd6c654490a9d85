"""A running mean together with its standard error."""

from __future__ import annotations

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="kfdiv")
class MeanWithError(keras.metrics.Metric):
    """Streaming mean and its standard error, `se = sqrt((E[v^2] - E[v]^2) / (n - 1))`.

    The state is three sums, because replicas add their states; they are float64, because in float32
    the difference of moments loses the variance of values whose mean is large.

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
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.squares = self.add_variable((), "zeros", dtype=self.dtype, name="squares")

    def update_state(self, values: tf.Tensor, sample_weight: None = None) -> None:
        """Add independent per-example `values`, a float tensor of any shape."""
        values = tf.cast(values, self.dtype)
        self.count.assign(self.count + tf.cast(tf.size(values), self.dtype))
        self.total.assign(self.total + tf.reduce_sum(values))
        self.squares.assign(self.squares + tf.reduce_sum(tf.square(values)))

    def result(self) -> tf.Tensor:
        """Return the mean so far, a scalar; 0 before the first value, as Keras's `Mean` does."""
        return tf.math.divide_no_nan(self.total.value, self.count.value)

    def standard_error(self) -> tf.Tensor:
        """Return the standard error of the mean so far, a scalar; NaN below two values."""
        # Not by way of `result`, which Keras rounds to float32.
        mean = self.total / self.count
        variance = tf.maximum(self.squares / self.count - mean * mean, 0.0)
        return tf.sqrt(variance / (self.count - 1.0))
