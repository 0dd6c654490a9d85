"""The Wasserstein critic's penalty: slopes of one between data and model."""

from __future__ import annotations

import dataclasses

import keras
import tensorflow as tf

from kfdiv import random
from kfdiv.losses import AdversarialLoss
from kfdiv.penalties.penalty import (
    Critic,
    Inputs,
    Penalty,
    Sides,
    norm,
    outputs_and_squared_slopes,
    registry,
)


@registry.register("gradient", aliases=("two_sided",))
@keras.saving.register_keras_serializable(package="kfdiv")
@dataclasses.dataclass(frozen=True)
class TwoSided(Penalty):
    """`weight * E[(|dv/dx| - 1)^2]` at points between a draw of P and one of Q.

    The points are `s x + (1 - s) y`, s uniform on [0, 1], another for every pair; all of a critic's
    inputs have the same s. Source: Gulrajani et al. 2017, section 4 and algorithm 1; Rosca et al.
    2018, appendix K.1 (weight 10).

    Args:
        weight: what it is multiplied by.

    Example:
        >>> import tensorflow as tf
        >>> x, y, seed = tf.zeros((5, 2)), tf.ones((5, 2)), tf.constant([0, 1])
        >>> linear = lambda inputs: 3.0 * inputs[0][:, 0]
        >>> TwoSided()(linear, [x], [y], seed)[0].numpy()
        array([40., 40., 40., 40., 40.], dtype=float32)
    """

    def sides(
        self,
        critic: Critic,
        data: Inputs,
        model: Inputs,
        seed: tf.Tensor,
        loss: AdversarialLoss | None = None,
    ) -> Sides:
        """Return `(|dv/dx| - 1)^2`, on the side of data: a point has a part of an example."""
        _, squared = outputs_and_squared_slopes(critic, points_between(data, model, seed))
        return tf.square(norm(squared) - 1.0), None


def points_between(data: Inputs, model: Inputs, seed: tf.Tensor) -> list[tf.Tensor]:
    """Return `s x + (1 - s) y`, s uniform on [0, 1], one for all of a pair's inputs.

    Args:
        data: tensors x of shape `(batch, ...)`.
        model: tensors y of their shapes.
        seed: int32, shape `(2,)`.

    Example:
        >>> import tensorflow as tf
        >>> x, y = tf.zeros((3, 2)), tf.ones((3, 2))
        >>> points_between([x], [y], tf.constant([0, 1]))[0].shape
        TensorShape([3, 2])
    """
    count = tf.shape(data[0])[0]
    between = []
    for x, y in zip(data, model, strict=True):
        shape = tf.concat([[count], tf.ones(tf.rank(x) - 1, tf.int32)], 0)
        share = tf.reshape(random.uniform([count], seed, x.dtype), shape)
        between.append(share * x + (1.0 - share) * tf.cast(y, x.dtype))
    return between
