"""Jeffreys divergence."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences.divergence import Divergence, registry


@registry.register("jeffreys", aliases=("symmetric_kl",))
@keras.saving.register_keras_serializable(package="kfdiv")
class Jeffreys(Divergence):
    """Jeffreys, `KL(P || Q) + KL(Q || P)`, f(u) = (u - 1) log u.

    Its conjugate needs Lambert's W and is found numerically. Source: Nowozin et al. 2016, appendix.

    Example:
        >>> from kfdiv import divergences
        >>> float(divergences.Jeffreys().f(tf.math.log(2.0)))
        0.6931
    """

    affine = True
    conjugate_domain = (-math.inf, math.inf)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, (u - 1) log u."""
        return tf.math.expm1(log_u) * log_u

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = log u + 1 - 1/u."""
        return log_u - tf.math.expm1(tf.negative(log_u))

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = u - 1 + log u."""
        return tf.math.expm1(log_u) + log_u

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 1 + 1/u."""
        return 1.0 + tf.exp(tf.negative(log_u))

    def output_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute g_f(v) = v."""
        return tf.identity(v)

    def conjugate_of_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute f*(g_f(v)) = f*(v)."""
        return self.conjugate(v)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = log u, b = -log u."""
        return tf.identity(log_u), tf.negative(log_u)

    def dual(self) -> Jeffreys:
        """Return itself: it is symmetric."""
        return self
