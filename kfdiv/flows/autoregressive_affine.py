"""What autoregressive steps share, whatever network they condition by."""

from __future__ import annotations

import abc
from typing import Any

import tensorflow as tf

from kfdiv.flows.conditional_affine import ConditionalAffine


class AutoregressiveAffine(ConditionalAffine, abc.ABC):
    """`x_d = shift_d + exp(log_scale_d) z_d`, shift and scale functions of x_1, ..., x_{d-1}.

    The density takes one pass of the network, a draw D passes. Arguments are those of
    `ConditionalAffine`; a subclass sets `network`, from `(batch, size)` to `(batch, size, 2)`.
    """

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
