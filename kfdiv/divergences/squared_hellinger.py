"""Squared Hellinger distance."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry


@registry.register("squared_hellinger")
@keras.saving.register_keras_serializable(package="kfdiv")
class SquaredHellinger(Divergence):
    """Squared Hellinger, the integral of (sqrt p - sqrt q)^2; at most 2. f(u) = (sqrt u - 1)^2.

    Source: Nowozin et al. 2016, Table 2; AGE, Table 1.

    Example:
        >>> from kfdiv import divergences
        >>> divergences.SquaredHellinger().f(tf.math.log([0.0, 1.0, 9.0])).numpy()
        array([1., 0., 4.], dtype=float32)
    """

    conjugate_domain = (-math.inf, 1.0)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, (sqrt u - 1)^2."""
        return tf.square(tf.math.expm1(0.5 * log_u))

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = 1 - 1 / sqrt u."""
        return -tf.math.expm1(-0.5 * log_u)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = sqrt u - 1."""
        return tf.math.expm1(0.5 * log_u)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 1 / (2 sqrt u)."""
        return 0.5 * tf.exp(-0.5 * log_u)

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = t / (1 - t) for t < 1."""
        return stable.up_to(t, 1.0, lambda t: t / (1.0 - t), inside=0.0, lowest=-1.0)

    def output_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute g_f(v) = 1 - exp(-v)."""
        return -tf.math.expm1(tf.negative(v))

    def conjugate_of_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute f*(g_f(v)) = exp(v) - 1."""
        return tf.math.expm1(v)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = b = (sqrt u - 1)^2 / (1 + u) = tanh(log(u)/2) tanh(log(u)/4)."""
        half = tf.tanh(0.5 * log_u) * tf.tanh(0.25 * log_u)
        return half, half

    def dual(self) -> SquaredHellinger:
        """Return itself: it is symmetric."""
        return self
