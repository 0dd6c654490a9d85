"""Neyman's chi-squared divergence."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry
from kfdiv.divergences.pearson import Pearson


@registry.register("neyman", aliases=("neyman_chi_squared",))
@keras.saving.register_keras_serializable(package="kfdiv")
class Neyman(Divergence):
    """Neyman's chi-squared, the integral of (p - q)^2 / p, f(u) = (1 - u)^2 / u.

    Source: Nowozin et al. 2016, appendix.

    Example:
        >>> from kfdiv import divergences
        >>> float(divergences.Neyman().f(tf.math.log(2.0)))
        0.5
    """

    conjugate_domain = (-math.inf, 1.0)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, (1 - u)^2 / u = 4 sinh(log(u)/2)^2."""
        return 4.0 * tf.square(tf.sinh(0.5 * log_u))

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = 1 - 1/u^2."""
        return -tf.math.expm1(-2.0 * log_u)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = 2 - 2/u."""
        return -2.0 * tf.math.expm1(tf.negative(log_u))

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 2/u^2."""
        return 2.0 * tf.exp(-2.0 * log_u)

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = 2 - 2 sqrt(1 - t) for t <= 1."""

        def closed_form(t: tf.Tensor) -> tf.Tensor:
            return 2.0 * t / (1.0 + tf.sqrt(1.0 - t))

        return stable.up_to(t, 1.0, closed_form, inside=0.0, lowest=-math.inf)

    def output_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute g_f(v) = 1 - exp(-v)."""
        return -tf.math.expm1(tf.negative(v))

    def conjugate_of_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute f*(g_f(v)) = 2 - 2 exp(-v/2)."""
        return -2.0 * tf.math.expm1(-0.5 * v)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = b = (1 - u)^2 / (u (1 + u)), Pearson's at 1/u."""
        half = stable.chi_square_over_mean(tf.negative(log_u))
        return half, half

    def dual(self) -> Pearson:
        """Return Pearson's chi-squared."""
        return Pearson()
