"""Total variation distance."""

from __future__ import annotations

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry


@registry.register("total_variation", aliases=("tv",))
@keras.saving.register_keras_serializable(package="kfdiv")
class TotalVariation(Divergence):
    """Total variation, half the integral of |p - q|; at most 1. f(u) = |u - 1| / 2.

    f has a kink at u = 1 and no curvature elsewhere: `curvature` is zero, so methods that scale
    gradients by it (AGE) learn nothing, and f'(1) is taken to be 0, the middle of the subgradients.
    Source: Nowozin et al. 2016, appendix.

    Example:
        >>> from kfdiv import divergences
        >>> divergences.TotalVariation().f_prime(tf.constant([-3.0, 0.0, 3.0])).numpy()
        array([-0.5,  0. ,  0.5], dtype=float32)
    """

    conjugate_domain = (-0.5, 0.5)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, |u - 1| / 2."""
        return 0.5 * tf.abs(tf.math.expm1(log_u))

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = sign(u - 1) / 2."""
        return 0.5 * tf.sign(log_u)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = sign(u - 1) / 2."""
        return 0.5 * tf.sign(log_u)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 0 wherever it exists."""
        return tf.zeros_like(log_u)

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = t for |t| <= 1/2, and -1/2 below."""
        return stable.up_to(t, 0.5, lambda t: tf.maximum(t, -0.5), inside=0.0)

    def output_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute g_f(v) = tanh(v) / 2."""
        return 0.5 * tf.tanh(v)

    def conjugate_of_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute f*(g_f(v)) = tanh(v) / 2."""
        return self.output_activation(v)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = b = |u - 1| / (2 (1 + u)) = |tanh(log(u)/2)| / 2."""
        half = 0.5 * tf.abs(tf.tanh(0.5 * log_u))
        return half, half

    def dual(self) -> TotalVariation:
        """Return itself: it is symmetric."""
        return self
