"""The sum of two running means, over data and over model, together with its standard error."""

from __future__ import annotations

import keras
import tensorflow as tf

from kfdiv.metrics.mean_with_error import MeanWithError


@keras.saving.register_keras_serializable(package="kfdiv")
class SumOfMeans(keras.metrics.Metric):
    """Streaming `mean(a) + mean(b)`, as an f-divergence is: `E_P[a] + E_Q[b]`.

    The two sides are independent draws, which may differ in number, so their standard errors add in
    squares.

    Args:
        name: the metric's name.

    Example:
        >>> metric = SumOfMeans()
        >>> metric.update_state([1.0, 2.0], [3.0, 3.0, 3.0])
        >>> float(metric.result()), float(metric.standard_error())
        (4.5, 0.5)
    """

    def __init__(self, name: str = "sum_of_means") -> None:
        super().__init__(name=name, dtype="float64")
        self.on_data = MeanWithError(name="on_data")
        self.on_model = MeanWithError(name="on_model")

    @property
    def count(self) -> tf.Tensor:
        """How many values of the data's side there have been."""
        return self.on_data.count.value

    def update_state(
        self,
        on_data: tf.Tensor,
        on_model: tf.Tensor | None = None,
        sample_weight: tf.Tensor | None = None,
        model_weight: tf.Tensor | None = None,
    ) -> None:
        """Add independent values of both sides, float tensors of any shape.

        Args:
            on_data: values on data.
            on_model: values on draws of the model; None where the sum has no such side.
            sample_weight: weights of the values on data, or None.
            model_weight: weights of the values on draws of the model, or None.
        """
        self.on_data.update_state(on_data, sample_weight=sample_weight)
        if on_model is not None:
            self.on_model.update_state(on_model, sample_weight=model_weight)

    def result(self) -> tf.Tensor:
        """Return the sum of the means so far, a scalar."""
        return self.on_data.result() + self.on_model.result()

    def standard_error(self) -> tf.Tensor:
        """Return the standard error of the sum, a scalar; NaN below two values of a side."""
        variance = tf.square(self.on_data.standard_error())
        of_model = tf.square(self.on_model.standard_error())
        # A side that has no values at all is no part of the sum.
        return tf.sqrt(variance + tf.where(self.on_model.count > 0, of_model, 0.0))

    def reset_state(self) -> None:
        """Begin anew."""
        self.on_data.reset_state()
        self.on_model.reset_state()
