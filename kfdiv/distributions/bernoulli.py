"""A Bernoulli distribution of pixels that are on or off."""

from __future__ import annotations

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.distributions.conditional_distribution import ConditionalDistribution, Inputs

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="kfdiv")
class Bernoulli(ConditionalDistribution):
    """Independent on-off pixels, `log p(x|z) = sum_d x_d log s(l_d) + (1 - x_d) log s(-l_d)`.

    s is the sigmoid; the network's outputs l are logits. Data may be grey, in [0, 1], as is usual
    for MNIST; the density is normalised over {0, 1} only.

    Args:
        network: a built network whose output has the shape of an example.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
        >>> import keras
        >>> from kfdiv.distributions import Bernoulli
        >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, use_bias=False)])
        >>> coins = Bernoulli(network).distribution(tf.zeros((1, 2)))
        >>> coins.log_prob(tf.ones((1, 3))).numpy().round(4)
        array([-2.0794], dtype=float32)
    """

    reparameterized = False
    support = (0.0, 1.0)

    def call(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the logits, `(..., *event_shape)`."""
        return self.outputs(inputs, training=training)

    def distribution(self, inputs: Inputs, training: bool | None = None) -> tfd.Distribution:
        """See `ConditionalDistribution.distribution`."""
        logits = self(inputs, training=training)
        return self._independent(tfd.Bernoulli(logits=logits, dtype=logits.dtype))

    def draw(self, distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Draw zeros and ones; no gradient passes through them."""
        logits = distribution.distribution.logits
        uniform = random.uniform(tf.shape(logits), seed, logits.dtype)
        # The logit of a uniform number is logistic noise: no sigmoid that saturates.
        logistic = tf.math.log(uniform) - tf.math.log1p(-uniform)
        return tf.cast(logits > logistic, logits.dtype)

    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the probabilities, `sigmoid(logits)`."""
        return tf.sigmoid(self(inputs, training=training))
