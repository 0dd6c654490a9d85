"""Pearson's chi-squared divergence."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry


@registry.register("pearson", aliases=("pearson_chi_squared",))
@keras.saving.register_keras_serializable(package="kfdiv")
class Pearson(Divergence):
    """Pearson's chi-squared, the integral of (p - q)^2 / q, f(u) = (u - 1)^2.

    Nowozin et al. 2016, Table 2, print this f and its conjugate t^2/4 + t, which is the supremum
    over all real u; over u >= 0 the conjugate is constant below t = -2, and the bound no looser for
    it.

    Example:
        >>> from kfdiv import divergences
        >>> pearson = divergences.Pearson()
        >>> pearson.conjugate(tf.constant([-3.0, 2.0])).numpy()
        array([-1.,  3.], dtype=float32)
    """

    conjugate_domain = (-math.inf, math.inf)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, (u - 1)^2."""
        return tf.square(tf.math.expm1(log_u))

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = 2 (u - 1)."""
        return 2.0 * tf.math.expm1(log_u)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = u^2 - 1."""
        return tf.math.expm1(2.0 * log_u)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 2u."""
        return 2.0 * tf.exp(log_u)

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = t^2/4 + t, and -1 for t < -2."""
        t = tf.maximum(t, -2.0)
        return t * (1.0 + 0.25 * t)

    def output_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute g_f(v) = v."""
        return tf.identity(v)

    def conjugate_of_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute f*(g_f(v)) = f*(v)."""
        return self.conjugate(v)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = b = (u - 1)^2 / (1 + u)."""
        half = stable.chi_square_over_mean(log_u)
        return half, half

    def dual(self) -> Divergence:
        """Return Neyman's chi-squared."""
        return registry["neyman"]()  # By name: its module imports this one.
