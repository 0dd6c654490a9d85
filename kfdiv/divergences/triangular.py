"""Triangular discrimination (Le Cam's divergence)."""

from __future__ import annotations

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry


@registry.register("triangular", aliases=("le_cam",))
@keras.saving.register_keras_serializable(package="kfdiv")
class Triangular(Divergence):
    """Triangular discrimination, the integral of (p - q)^2 / (p + q); at most 2.

    f(u) = (u - 1)^2 / (u + 1). With s = tanh(log(u)/2) = (u - 1) / (u + 1) everything is a
    polynomial. Source: Le Cam 1986; Topsoe 2000.

    Example:
        >>> from kfdiv import divergences
        >>> float(divergences.Triangular().f(tf.math.log(3.0)))
        1.0
    """

    conjugate_domain = (-3.0, 1.0)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, (u - 1)^2 / (u + 1)."""
        return stable.chi_square_over_mean(log_u)

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = 1 - 4 / (1 + u)^2 = s (2 - s)."""
        s = tf.tanh(0.5 * log_u)
        return s * (2.0 - s)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = s (2 + s)."""
        s = tf.tanh(0.5 * log_u)
        return s * (2.0 + s)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 8u / (1 + u)^3."""
        return 8.0 * tf.sigmoid(log_u) * tf.square(tf.sigmoid(tf.negative(log_u)))

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = s (2 + s) with s = 1 - sqrt(1 - t) for -3 <= t <= 1, and -1 below."""

        def closed_form(t: tf.Tensor) -> tf.Tensor:
            t = tf.maximum(t, -3.0)
            s = t / (1.0 + tf.sqrt(1.0 - t))
            return s * (2.0 + s)

        return stable.up_to(t, 1.0, closed_form, inside=0.0)

    # g_f(v) = f'(e^v) = 1 - 4 / (1 + e^v)^2 is the default.

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = b = (u - 1)^2 / (1 + u)^2 = s^2."""
        half = tf.square(tf.tanh(0.5 * log_u))
        return half, half

    def dual(self) -> Triangular:
        """Return itself: it is symmetric."""
        return self
