"""Jensen-Shannon divergence."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry

_LOG_2 = math.log(2.0)


@registry.register("js", aliases=("jensen_shannon",))
@keras.saving.register_keras_serializable(package="kfdiv")
class JS(Divergence):
    """Jensen-Shannon, `KL(P || M)/2 + KL(Q || M)/2` with M = (P + Q)/2; at most log 2.

    f(u) = [u log u - (1 + u) log((1 + u)/2)] / 2. The f printed in Zhang et al. 2019, Table 1, in
    Nowozin et al. 2016 and in AGE's Table 1 ("2JS") is twice this; the values in Zhang et al.'s
    Table 2 are of this one.

    Example:
        >>> from kfdiv import divergences
        >>> js = divergences.JS()
        >>> js.integrands(tf.constant(0.0))[0].numpy(), js.f(-1e4).numpy()  # f(0) = log(2) / 2
        (np.float32(0.0), np.float32(0.34657))
    """

    conjugate_domain = (-math.inf, 0.5 * _LOG_2)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, [u log u - (1 + u) log((1 + u)/2)] / 2."""
        mixed = stable.u_log1p_inverse(log_u) + tf.math.softplus(log_u)
        return 0.5 * (_LOG_2 * (1.0 + tf.exp(log_u)) - mixed)

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = log(2u / (1 + u)) / 2."""
        return 0.5 * (_LOG_2 - tf.math.softplus(tf.negative(log_u)))

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = log((1 + u)/2) / 2."""
        return 0.5 * (tf.math.softplus(log_u) - _LOG_2)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 1 / (2 (1 + u))."""
        return 0.5 * tf.sigmoid(tf.negative(log_u))

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = -log(2 - exp(2t)) / 2 for t < log(2) / 2."""
        _, upper = self.conjugate_domain

        def closed_form(t: tf.Tensor) -> tf.Tensor:
            return -0.5 * tf.math.log1p(-tf.minimum(tf.math.expm1(2.0 * t), 1.0))

        return stable.up_to(t, upper, closed_form, inside=0.0)

    # g_f(v) = f'(e^v) = [log 2 - log(1 + exp(-v))] / 2 is the default.

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = log(2u / (1 + u)) / 2, b = log(2 / (1 + u)) / 2."""
        return self.f_prime(log_u), self.f_prime(tf.negative(log_u))

    def dual(self) -> JS:
        """Return itself: it is symmetric."""
        return self
