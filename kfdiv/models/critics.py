"""What critics of pairs take, and what they say."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from kfdiv import layer_losses, random
from kfdiv.distributions.conditional_distribution import full_precision
from kfdiv.models.batch import Batch
from kfdiv.models.generative_model import GenerativeModel


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


def draw_pairs(
    model: GenerativeModel, batch: Batch, seed: tf.Tensor, training: bool
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Draw as many pairs of data and of the model as the batch has examples.

    Args:
        model: with or without an encoder.
        batch: data, x of shape `(batch, *event_shape)`.
        seed: int32, shape `(2,)`.
        training: passed on to the networks.

    Returns:
        What a critic takes of each: `[x, z]`, or `[x]` without an encoder, and the condition.
    """
    x, c = batch.x, batch.condition
    z = model.prior.draw(batch.size, random.fold(seed, 1))
    generated = model.decoder.sample(model.given(z, c), random.fold(seed, 2), training=training)
    condition = [] if c is None else [c]
    if model.encoder is None:
        return [x, *condition], [generated, *condition]
    inferred = model.encoder.sample(model.given(x, c), random.fold(seed, 3), training=training)
    return [x, inferred, *condition], [generated, z, *condition]
