"""A normal distribution, the usual encoder."""

from __future__ import annotations

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.distributions.conditional_distribution import Inputs
from kfdiv.distributions.location_scale import LocationScale

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="kfdiv")
class Normal(LocationScale):
    """Independent normals, `p(x|z) = prod_d N(x_d; loc_d(z), scale_d(z)^2)`.

    Arguments are those of `LocationScale`: the network, and where the scale comes from.

    Example:
        >>> import keras
        >>> from kfdiv import random
        >>> from kfdiv.distributions import Normal
        >>> encoder = Normal(keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)]))
        >>> posterior = encoder.distribution(tf.zeros((5, 8)))
        >>> posterior.batch_shape, posterior.event_shape
        (TensorShape([5]), TensorShape([2]))
        >>> encoder.draw(posterior, random.seed(0, "latent")).shape
        TensorShape([5, 2])
    """

    def distribution(self, inputs: Inputs, training: bool | None = None) -> tfd.Distribution:
        """See `ConditionalDistribution.distribution`."""
        return self._independent(tfd.Normal(*self(inputs, training=training)))

    def draw(self, distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Draw `loc + scale * epsilon`, reparameterised."""
        normal = distribution.distribution
        noise = random.normal(tf.shape(normal.loc), seed, normal.dtype)
        return normal.loc + normal.scale * noise

    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the locations."""
        return self(inputs, training=training)[0]
