"""A user's generator f, with its derivatives by autodiff, made safe for every log u.

Whatever dtype is asked for, f is evaluated in float64. It is evaluated only where it can be
trusted, which is at most |log u| <= 177: there u to the powers -4 to 4 is representable. Beyond, it
is continued by the power law that `u f''(u)` follows at that point (`Tail`). The continuation is a
convex function with two derivatives, and is exact for generators that in the end behave like sums
of 1, log u, u, u log u, or like one power of u.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kfdiv.divergences import stable

_WIDEST = math.floor(math.log(np.finfo(np.float64).max) / 4.0)
_ROUNDING = 8.0 * np.finfo(np.float64).eps
_PRECISION = 1e-8
"""Relative precision asked of u f'(u) - f(u), which cancels where f grows like u."""


class Jet(NamedTuple):
    """A generator and what derives from it, each a tensor like log u (or an array of numbers)."""

    f: tf.Tensor
    """f(u)."""
    over_u: tf.Tensor
    """f(u) / u, the dual's generator at 1/u."""
    f_prime: tf.Tensor
    """f'(u)."""
    remainder: tf.Tensor
    """u f'(u) - f(u)."""
    curvature: tf.Tensor
    """u f''(u)."""
    u_curvature: tf.Tensor
    """u^2 f''(u)."""

    @property
    def u_f_prime(self) -> tf.Tensor:
        """The derivative of f in log u, u f'(u)."""
        return tf.where(tf.math.is_finite(self.f), self.f + self.remainder, self.f)

    def swapped(self) -> Jet:
        """Return the jet of the dual, u f(1/u), at 1/u."""
        return Jet(
            f=self.over_u,
            over_u=self.f,
            f_prime=-self.remainder,
            remainder=-self.f_prime,
            curvature=self.u_curvature,
            u_curvature=self.curvature,
        )


class Tail:
    """A generator continued above `start`, where `u f''(u)` goes on as C u^order.

    Args:
        start: the log u from which on it is continued.
        jet: the generator there, in Python floats.
        order: the exponent of the power law.
    """

    def __init__(self, start: float, jet: Jet, order: float) -> None:
        self.start = start
        self.jet = jet
        self.order = order if jet.curvature > 0.0 else -1.0
        self.f_prime_limit = _limit(jet.f_prime, jet.curvature, self.order)
        self.remainder_limit = _limit(jet.remainder, jet.u_curvature, self.order + 1.0)
        # Where f' tends to 0, f grows more slowly than u, and is not computed as u times f(u)/u.
        self.sublinear = abs(self.f_prime_limit) <= max(1e-6 * abs(jet.f_prime), 1e-10)

    @classmethod
    def fit(cls, jet_at: Callable[[np.ndarray], Jet]) -> Tail:
        """Find how far up a generator can be trusted, and the power law it follows there.

        Args:
            jet_at: gives the jet at an array of log u.

        Returns:
            The tail beyond the last log u of at least 4 where it can be trusted.
        """
        starts = np.arange(4.0, _WIDEST + 1.0)
        jet, before = jet_at(starts), jet_at(starts - 2.0)
        with np.errstate(all="ignore"):
            noise = _ROUNDING * (np.abs(jet.f) + np.abs(np.exp(starts) * jet.f_prime))
            trusted = noise <= _PRECISION * np.maximum(np.abs(jet.remainder), 1.0)
            for value in (*jet, *before):
                trusted &= np.isfinite(value)
            orders = np.log(jet.curvature / before.curvature) / 2.0
        trusted[0] = True  # Its finiteness there has been checked, and 4 is too near to cancel.
        last = int(np.flatnonzero(trusted)[-1])
        order = float(orders[last]) if np.isfinite(orders[last]) else -1.0
        nearest = round(2.0 * order) / 2.0
        order = nearest if abs(order - nearest) < 1e-3 else order
        return cls(float(starts[last]), Jet(*(float(value[last]) for value in jet)), order)

    def at(self, log_u: tf.Tensor) -> Jet:
        """Return the jet at `log_u`, float64, where that is above `start`."""
        jet, order, u = self.jet, self.order, math.exp(self.start)
        d = tf.maximum(log_u - self.start, 0.0)
        growth = stable.power(d, order)
        f_prime = jet.f_prime + jet.curvature * growth
        remainder = jet.remainder + jet.u_curvature * stable.power(d, order + 1.0)
        if self.sublinear:
            f = jet.u_curvature * tf.exp((order + 1.0) * d) / order - remainder
            over_u = f * tf.exp(-(d + self.start))
        else:
            decayed = d * tf.exp(-d)
            if order != -1.0:
                decayed = (tf.exp(order * d) - tf.exp(-d)) / (order + 1.0)
            over_u = f_prime - jet.curvature * decayed - jet.remainder / u * tf.exp(-d)
            # Where the power overflows it stands for the whole of the difference.
            over_u = tf.where(tf.math.is_finite(growth), over_u, growth)
            f = tf.exp(d + self.start) * over_u
        return Jet(
            f=f,
            over_u=over_u,
            f_prime=f_prime,
            remainder=remainder,
            curvature=jet.curvature * tf.exp(order * d),
            u_curvature=jet.u_curvature * tf.exp((order + 1.0) * d),
        )


class Generator:
    """A generator f and its first two derivatives, for any log u.

    Args:
        function: f, elementwise and convex, of TensorFlow or `keras.ops` operations.
        in_log_u: whether f takes log u instead of u.
    """

    def __init__(self, function: Callable[[tf.Tensor], tf.Tensor], in_log_u: bool) -> None:
        self._function = function
        self._in_log_u = in_log_u
        self.above = Tail.fit(self._numbers)
        self.below = Tail.fit(lambda log_u: self._numbers(-log_u).swapped())

    def at(self, log_u: tf.Tensor) -> Jet:
        """Return the jet at `log_u`, a float64 tensor."""
        low, high = -self.below.start, self.above.start
        inside = self._inside(tf.clip_by_value(log_u, low, high))
        below, above = self.below.at(-log_u).swapped(), self.above.at(log_u)
        return Jet(
            *(
                tf.where(log_u > high, right, tf.where(log_u < low, left, middle))
                for left, middle, right in zip(below, inside, above, strict=True)
            )
        )

    def _inside(self, log_u: tf.Tensor) -> Jet:
        """Return the jet by autodiff, where f can be evaluated."""
        u = tf.exp(log_u)
        x = log_u if self._in_log_u else u
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                f = self._function(x)
            first = inner.gradient(f, x, unconnected_gradients="zero")
        second = outer.gradient(first, x, unconnected_gradients="zero")
        if self._in_log_u:
            first, second = first / u, (second - first) / u / u
        return Jet(
            f=f,
            over_u=f / u,
            f_prime=first,
            remainder=u * first - f,
            curvature=u * second,
            u_curvature=u * u * second,
        )

    def _numbers(self, log_u: np.ndarray) -> Jet:
        return Jet(*(value.numpy() for value in self._inside(tf.constant(log_u, "float64"))))


def _limit(value: float, slope: float, order: float) -> float:
    """Return `value` plus the integral of `slope exp(order d)` over all d > 0."""
    if slope == 0.0:
        return value
    return value - slope / order if order < 0.0 else math.inf
