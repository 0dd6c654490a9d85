"""What critics say of pairs."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from kfdiv import layer_losses
from kfdiv.distributions.conditional_distribution import full_precision


def score(critic: keras.Model, inputs: Sequence[tf.Tensor | None], training: bool) -> tf.Tensor:
    """Return a critic's raw outputs, at least float32, of shape `(batch,)`.

    Args:
        critic: a network with one output an example; what its layers add to its loss is kept.
        inputs: what it takes, in this order; those that are None are left out.
        training: passed on to it.

    Example:
        >>> import kfdiv
        >>> critic = kfdiv.networks.joint_critic(3, latent_size=2, units=[4])
        >>> score(critic, [tf.zeros((5, 3)), tf.zeros((5, 2)), None], training=False).shape
        TensorShape([5])
    """
    present = [part for part in inputs if part is not None]
    output = critic(present if len(present) > 1 else present[0], training=training)
    layer_losses.record(critic)
    return tf.reshape(full_precision(output), [-1])
