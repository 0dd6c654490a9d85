"""The masked autoregressive step of MAF."""

from __future__ import annotations

from typing import Any, final

import keras
import tensorflow as tf

from kfdiv.flows.conditional_affine import ConditionalAffine
from kfdiv.flows.made import made


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class MaskedAutoregressive(ConditionalAffine):
    """`x_d = shift_d + exp(log_scale_d) z_d`, shift and scale a MADE's of x_1, ..., x_{d-1}.

    The density takes one pass of the network, a draw D passes. Of one coordinate the step is
    affine. Arguments are those of `ConditionalAffine`.

    Example:
        >>> step = MaskedAutoregressive(3, units=[8])
        >>> z, log_det = step.inverse([[1.0, 2.0, 3.0]])
        >>> z.shape, log_det.shape
        (TensorShape([1, 3]), TensorShape([1]))

    Source: Papamakarios et al. 2017, "Masked autoregressive flow for density estimation", eq. 3-5.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(size, **kwargs)
        self.network = made(
            self.size,
            self.units,
            outputs=2,
            activation=self.activation,
            output_initializer="zeros",
            dtype=self.dtype_policy,
        )

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        columns = tf.range(self.size)

        def draw_next(index: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            shift, log_scale = self.shift_and_log_scale(x)
            # The coordinates to come stay zero: what the network says of them is not yet true.
            return index + 1, tf.where(columns == index, shift + tf.exp(log_scale) * z, x)

        start = (tf.constant(0), tf.zeros_like(z))
        # The known number of passes is what lets XLA differentiate the loop.
        _, x = tf.while_loop(
            lambda index, _: index < self.size, draw_next, start, maximum_iterations=self.size
        )
        return x

    def _inverse(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        shift, log_scale = self.shift_and_log_scale(x)
        return (x - shift) * tf.exp(-log_scale), -tf.reduce_sum(log_scale, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size}
