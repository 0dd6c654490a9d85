"""A point mass: the implicit model x = network(z)."""

from __future__ import annotations

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv.distributions.conditional_distribution import ConditionalDistribution, Inputs

tfd = tfp.distributions


class PointMass(tfd.Deterministic):
    """`tfd.Deterministic` that refuses to pass off a counting measure's 0 or -inf as a density."""

    def _log_prob(self, x: tf.Tensor) -> tf.Tensor:
        return self._prob(x)

    def _prob(self, x: tf.Tensor) -> tf.Tensor:
        raise NotImplementedError(
            "A deterministic p(x|z) has no density. Add spread noise, "
            "kfdiv.noise.Gaussian(0.5).convolve(distribution, 0.5), as "
            "kfdiv.models.VariationalFDivergence(..., noise=0.5) does, or use "
            "kfdiv.distributions.Normal."
        )


@keras.saving.register_keras_serializable(package="kfdiv")
class Deterministic(ConditionalDistribution):
    """A point mass, `p(x|z) = delta(x - network(z))` (Zhang et al. 2019, section 2.2).

    It has no density of its own; spread noise gives it one, `p(y|z) = N(y; network(z), width^2)`.

    Args:
        network: a built network whose output is the example.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
        >>> import keras
        >>> from kfdiv import noise
        >>> from kfdiv.distributions import Deterministic
        >>> decoder = Deterministic(keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]))
        >>> decoder.has_density
        False
        >>> noise.Gaussian(0.5).convolve(decoder.distribution(tf.zeros((4, 2))), 0.5).batch_shape
        TensorShape([4])
    """

    has_density = False

    def call(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the example, `(..., *event_shape)`."""
        return self.outputs(inputs, training=training)

    def distribution(self, inputs: Inputs, training: bool | None = None) -> tfd.Distribution:
        """See `ConditionalDistribution.distribution`; its `log_prob` raises."""
        return self._independent(PointMass(self(inputs, training=training)))

    def draw(self, distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Return the point; the seed does not matter."""
        del seed
        return distribution.distribution.loc

    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the point."""
        return self(inputs, training=training)
