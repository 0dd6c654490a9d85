"""The divergence of the original GAN."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry


@registry.register("gan")
@keras.saving.register_keras_serializable(package="kfdiv")
class GAN(Divergence):
    """The minimax GAN's divergence, `2 JS(P, Q) - log 4`, f(u) = u log u - (1 + u) log(1 + u).

    The one member whose f(1) is not 0 but -log 4, so that its Fenchel bound is the GAN value
    function itself. Source: Goodfellow et al. 2014; Zhang et al. 2019, Table 1; Nowozin et al.
    2016, Table 2.

    Example:
        >>> from kfdiv import divergences
        >>> float(divergences.GAN().f(0.0))
        -1.3863
    """

    conjugate_domain = (-math.inf, 0.0)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, u log u - (1 + u) log(1 + u)."""
        return -stable.u_log1p_inverse(log_u) - tf.math.softplus(log_u)

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = log(u / (1 + u))."""
        return tf.math.log_sigmoid(log_u)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = log(1 + u)."""
        return tf.math.softplus(log_u)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 1 / (1 + u)."""
        return tf.sigmoid(tf.negative(log_u))

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = -log(1 - exp(t)) for t < 0."""
        return stable.up_to(t, 0.0, lambda t: -tf.math.log(-tf.math.expm1(t)), inside=-1.0)

    # g_f(v) = f'(e^v) = -log(1 + exp(-v)) is the default.

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = log(u / (1 + u)), b = log(1 / (1 + u)), those of the best classifier."""
        return tf.math.log_sigmoid(log_u), tf.math.log_sigmoid(tf.negative(log_u))

    def dual(self) -> GAN:
        """Return itself: it is symmetric."""
        return self
