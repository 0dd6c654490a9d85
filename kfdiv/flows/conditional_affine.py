"""What coupling and autoregressive steps share: affine maps that a network chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from kfdiv.arguments import check_number
from kfdiv.flows.bijection import Bijection
from kfdiv.networks.shapes import as_shape


class ConditionalAffine(Bijection):
    """`x_i = shift_i + exp(log_scale_i) z_i`, shift and scale a network's of other coordinates.

    The Jacobian is triangular in some order of the coordinates, so that `log |det dz/dx| =
    -sum_i log_scale_i`. The logarithm of the scale is bounded, `c tanh(raw / c)`: no step can
    stretch by more than e^c, and densities stay finite whatever the data. The last layer starts at
    zero, and so the step at the identity.

    A subclass sets `network`, from what it conditions on to `(batch, coordinates, 2)`.

    Args:
        size: D, the length of z and of x.
        units: sizes of the network's hidden layers.
        activation: of the hidden layers, any Keras activation. A smooth one gives a density with
            a continuous score, which is what trains a model against it; a bounded one, a flow that
            is affine far from the data.
        max_log_scale: c.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if an argument is not understood.
    """

    network: keras.Model

    def __init__(
        self,
        size: int,
        units: Sequence[int] = (128, 128),
        activation: str | Callable = "tanh",
        max_log_scale: float = 3.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(size, **kwargs)
        self.units = as_shape(units, "units") if len(units) else ()
        self.activation = keras.activations.get(activation)
        self.max_log_scale = check_number(
            "max_log_scale", max_log_scale, above=0, expected="positive and finite"
        )

    def shift_and_log_scale(self, conditions: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return shift and log scale, each of shape `(batch, coordinates)`.

        Args:
            conditions: what the network takes, shape `(batch, inputs)`.
        """
        outputs = tf.cast(self.network(conditions), conditions.dtype)
        shift, raw = tf.unstack(outputs, axis=-1)
        return shift, self.max_log_scale * tf.tanh(raw / self.max_log_scale)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of this class, save the size."""
        return {
            **super().get_config(),
            "units": list(self.units),
            "activation": keras.activations.serialize(self.activation),
            "max_log_scale": self.max_log_scale,
        }
