"""Amari's alpha-divergences."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from kfdiv.arguments import check_number
from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry


@registry.register("alpha", aliases=("amari_alpha",))
@keras.saving.register_keras_serializable(package="kfdiv")
class Alpha(Divergence):
    """Alpha-divergence, f(u) = [u^a - 1 - a (u - 1)] / (a (a - 1)).

    It is KL at a = 1 and reverse KL at a = 0. At a = 1/2 it is twice the squared Hellinger
    distance, at a = 2 and -1 half the Pearson and Neyman chi-squared. f'(1) = 0, so f >= 0. Source:
    Amari 2009; Nowozin et al. 2016, appendix; the activation is f'(e^v) = (e^((a-1)v) - 1) / (a -
    1) for every a, because the one printed there, 1 / (1 - a) - log(1 + exp(-v)), starts far from
    f'(1) when a nears 1.

    Args:
        alpha: a, any finite number.
        name: the layer's name.

    Example:
        >>> from kfdiv import divergences
        >>> float(divergences.Alpha(2.0).f(tf.math.log(3.0)))
        2.0
        >>> divergences.get("alpha(0.3)").dual()
        Alpha(alpha=0.7)
    """

    def __init__(self, alpha: float = 0.5, name: str | None = None) -> None:
        super().__init__(name=name)
        self.alpha = check_number("alpha", alpha)

    @property
    def conjugate_domain(self) -> tuple[float, float]:
        """(-inf, 1/(1 - a)) for a < 1, (1/(1 - a), inf) for a > 1, everything for a = 1."""
        if self.alpha == 1.0:
            return -math.inf, math.inf
        end = 1.0 / (1.0 - self.alpha)
        return (-math.inf, end) if self.alpha < 1.0 else (end, math.inf)

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, u (u^(a-1) - 1)/(a-1) - (u^a - 1)/a."""
        log_u = tf.convert_to_tensor(log_u)
        # f grows like the larger of u and u^a: where that overflows f does too, and the difference
        # of the two terms would be inf - inf.
        growth = tf.maximum(log_u, self.alpha * log_u)
        overflows = growth > math.log(log_u.dtype.max)
        safe = tf.where(overflows, tf.zeros_like(log_u), log_u)
        value = self._u_times_f_prime(safe) - stable.power(safe, self.alpha)
        return tf.where(overflows, tf.exp(growth), value)

    def _u_times_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        order = self.alpha - 1.0
        if order == 0.0:
            return tf.exp(log_u) * log_u
        # u^(a-1) may overflow where u times it does not: there the product is multiplied out.
        small = tf.exp(log_u) * tf.math.expm1(tf.minimum(order * log_u, 1.0)) / order
        large = (tf.exp(self.alpha * log_u) - tf.exp(log_u)) / order
        return tf.where(order * log_u > 1.0, large, small)

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = (u^(a-1) - 1)/(a-1), log u at a = 1."""
        return stable.power(log_u, self.alpha - 1.0)

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = (u^a - 1)/a, log u at a = 0."""
        return stable.power(log_u, self.alpha)

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = u^(a-1)."""
        return tf.exp((self.alpha - 1.0) * log_u)

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = [(1 + (a-1) t)^(a/(a-1)) - 1] / a; for a > 1, -1/a below the domain."""
        if self.alpha == 1.0:
            return tf.math.expm1(t)
        order = self.alpha - 1.0

        def log_maximiser(t: tf.Tensor) -> tf.Tensor:
            return tf.math.log1p(tf.maximum(order * t, -1.0)) / order

        # The derivative is the maximiser; the chain rule would meet 0 * inf at the domain's end.
        closed_form = stable.with_derivative(
            lambda t: stable.power(log_maximiser(t), self.alpha),
            lambda t: tf.exp(log_maximiser(t)),
        )
        _, upper = self.conjugate_domain
        return stable.up_to(t, upper, closed_form, inside=0.0)

    def dual(self) -> Alpha:
        """Return the alpha-divergence of order 1 - a."""
        return Alpha(1.0 - self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "alpha": self.alpha}
