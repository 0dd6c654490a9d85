"""Reverse Kullback-Leibler divergence."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry
from kfdiv.divergences.kl import KL


@registry.register("rkl", aliases=("reverse_kl",))
@keras.saving.register_keras_serializable(package="kfdiv")
class RKL(Divergence):
    """Reverse KL, `KL(Q || P) = E_Q[log(q/p)]`, f(u) = -log u: mode seeking.

    Source: Zhang et al. 2019, Table 1; Nowozin et al. 2016, Table 2.

    Example:
        >>> from kfdiv import divergences
        >>> divergences.RKL().integrands(tf.constant(3.0))[1].numpy()
        np.float32(-3.0)
    """

    uses_data_samples = False
    affine = True
    conjugate_domain = (-math.inf, 0.0)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, -log u."""
        return tf.negative(log_u)

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = -1/u."""
        return -tf.exp(tf.negative(log_u))

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = log u - 1."""
        return tf.convert_to_tensor(log_u) - 1.0

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = 1/u."""
        return tf.exp(tf.negative(log_u))

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = -1 - log(-t) for t < 0."""
        return stable.up_to(t, 0.0, lambda t: -1.0 - tf.math.log(-t), inside=-1.0)

    # g_f(v) = f'(e^v) = -exp(-v) is the default.

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = 0, b = -log u."""
        return tf.zeros_like(log_u), tf.negative(log_u)

    def dual(self) -> KL:
        """Return the forward KL."""
        return KL()
