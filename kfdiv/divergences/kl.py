"""Forward Kullback-Leibler divergence."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences.divergence import Divergence, registry


@registry.register("kl", aliases=("forward_kl",))
@keras.saving.register_keras_serializable(package="kfdiv")
class KL(Divergence):
    """Forward KL, `KL(P || Q) = E_P[log(p/q)]`, f(u) = u log u: maximum likelihood, mass covering.

    Source: Zhang et al. 2019, Table 1; Nowozin et al. 2016, Table 2.

    Example:
        >>> from kfdiv import divergences
        >>> divergences.KL().f_prime(tf.constant([0.0, 1e4])).numpy()
        array([1.0000e+00, 1.0001e+04], dtype=float32)
    """

    uses_model_samples = False
    affine = True
    conjugate_domain = (-math.inf, math.inf)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, u log u."""
        return tf.exp(log_u) * log_u

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = 1 + log u."""
        return 1.0 + tf.convert_to_tensor(log_u)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = u."""
        return tf.exp(log_u)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 1."""
        return tf.ones_like(log_u)

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = exp(t - 1)."""
        return tf.exp(t - 1.0)

    def output_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute g_f(v) = v."""
        return tf.identity(v)

    def conjugate_of_activation(self, v: tf.Tensor) -> tf.Tensor:
        """Compute f*(g_f(v)) = exp(v - 1)."""
        return self.conjugate(v)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = log u, b = 0."""
        return tf.identity(log_u), tf.zeros_like(log_u)

    def dual(self) -> Divergence:
        """Return the reverse KL."""
        return registry["rkl"]()  # By name: its module imports this one.
