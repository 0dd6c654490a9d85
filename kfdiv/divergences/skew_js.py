"""Skewed (weighted) Jensen-Shannon divergence."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from kfdiv.arguments import check_number
from kfdiv.divergences import stable
from kfdiv.divergences.divergence import Divergence, registry


@registry.register("skew_js", aliases=("weighted_js",))
@keras.saving.register_keras_serializable(package="kfdiv")
class SkewJS(Divergence):
    """Skewed Jensen-Shannon, `pi KL(P || M) + (1 - pi) KL(Q || M)` with M = pi P + (1 - pi) Q.

    With m = 1 - pi + pi u, f(u) = pi u log u - m log m. It is JS at pi = 1/2; divided by pi it
    tends to KL(P || Q) as pi goes to 0, divided by 1 - pi to KL(Q || P) as pi goes to 1. Source:
    Lin 1991; Nowozin et al. 2016, appendix ("JS-weighted"), whose activation lacks the factor pi
    that ours, f'(e^v), has.

    Args:
        pi: the weight of P in the mixture, strictly between 0 and 1.
        name: the layer's name.

    Raises:
        ValueError: if `pi` is not strictly between 0 and 1.

    Example:
        >>> from kfdiv import divergences
        >>> divergences.get("skew_js(0.25)").dual()
        SkewJS(pi=0.75)
    """

    def __init__(self, pi: float = 0.5, name: str | None = None) -> None:
        super().__init__(name=name)
        expected = "strictly between 0 and 1 (for the limits use 'kl', pi to 0, or 'rkl', pi to 1)"
        self.pi = check_number("pi", pi, above=0.0, below=1.0, expected=expected)

    @property
    def conjugate_domain(self) -> tuple[float, float]:
        """(-inf, -pi log pi)."""
        return -math.inf, -self.pi * math.log(self.pi)

    def _log_odds(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute log(pi p / ((1 - pi) q)), the log odds that a sample of M came from P."""
        return log_u + (math.log(self.pi) - math.log1p(-self.pi))

    def f(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute the generator, pi u log u - m log m."""
        log_odds = self._log_odds(log_u)
        mixed = stable.u_log1p_inverse(log_odds) + tf.math.softplus(log_odds)
        # -pi log(pi) u, which fits where u alone may not.
        linear = tf.exp(log_u + math.log(-self.pi * math.log(self.pi)))
        return linear - (1.0 - self.pi) * (math.log1p(-self.pi) + mixed)

    def f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute f'(u) = pi log(u / m)."""
        return -self.pi * (math.log(self.pi) + tf.math.softplus(-self._log_odds(log_u)))

    def conjugate_of_f_prime(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f'(u) - f(u) = (1 - pi) log m."""
        log_m = math.log1p(-self.pi) + tf.math.softplus(self._log_odds(log_u))
        return (1.0 - self.pi) * log_m

    def curvature(self, log_u: tf.Tensor) -> tf.Tensor:
        """Compute u f''(u) = pi (1 - pi) / m."""
        return self.pi * tf.sigmoid(-self._log_odds(log_u))

    def conjugate(self, t: tf.Tensor) -> tf.Tensor:
        """Compute f*(t) = (1 - pi) log((1 - pi) / (1 - pi exp(t/pi))) for t < -pi log pi."""
        odds = self.pi / (1.0 - self.pi)

        def closed_form(t: tf.Tensor) -> tf.Tensor:
            ratio = tf.minimum(odds * tf.math.expm1(t / self.pi), 1.0)
            return (self.pi - 1.0) * tf.math.log1p(-ratio)

        _, upper = self.conjugate_domain
        return stable.up_to(t, upper, closed_form, inside=0.0)

    def integrands(self, log_u: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute a = pi log(u / m), b = -(1 - pi) log m: the two KL terms."""
        return self.f_prime(log_u), -self.conjugate_of_f_prime(log_u)

    def dual(self) -> SkewJS:
        """Return the skewed Jensen-Shannon divergence of weight 1 - pi."""
        return SkewJS(1.0 - self.pi)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "pi": self.pi}
