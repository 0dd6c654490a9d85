"""A penalty on the slope at the data alone."""

from __future__ import annotations

import dataclasses

import keras
import tensorflow as tf

from kfdiv.losses import AdversarialLoss
from kfdiv.penalties.penalty import (
    Critic,
    Inputs,
    Penalty,
    Sides,
    outputs_and_squared_slopes,
    registry,
)


@registry.register("r1")
@keras.saving.register_keras_serializable(package="kfdiv")
@dataclasses.dataclass(frozen=True)
class R1(Penalty):
    """`weight / 2 * E_P[|dv/dx|^2]`.

    Source: Mescheder et al. 2018, eq. 9.

    Args:
        weight: their gamma.

    Example:
        >>> import tensorflow as tf
        >>> linear = lambda inputs: 3.0 * inputs[0][:, 0]
        >>> a, b = R1()(linear, [tf.zeros((2, 1))], [tf.ones((2, 1))], tf.constant([0, 1]))
        >>> a.numpy(), b
        (array([45., 45.], dtype=float32), None)
    """

    def sides(
        self,
        critic: Critic,
        data: Inputs,
        model: Inputs,
        seed: tf.Tensor,
        loss: AdversarialLoss | None = None,
    ) -> Sides:
        """Return half the squared slope on data, and nothing on the model."""
        return 0.5 * outputs_and_squared_slopes(critic, data)[1], None
