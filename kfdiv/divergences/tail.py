"""A generator beyond the log u up to which it can be evaluated.

There `u f''(u)` is continued by the power law that it follows at that point. The continuation is a
convex function with two derivatives, and is exact for generators that in the end behave like sums
of 1, log u, u, u log u, or like one power of u; powers of log u beside these are left out, so that
u log(u)^2 goes on like u log u. Nothing in it is a difference of two numbers that overflow: it is
infinite where its true value is, and never NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view

from kfdiv.divergences.jet import Jet

_WIDEST = math.floor(math.log(np.finfo(np.float64).max) / 4.0)
"""Up to here u to the powers -4 to 4 is representable."""
_LARGEST = 1e290
"""Numbers up to here may be divided by an order without overflow."""
_ROUNDING = 8.0 * np.finfo(np.float64).eps
_PRECISION = 1e-8
"""Relative precision asked of u f'(u) - f(u), which cancels where f grows like u."""
_FAINT = 1e4 * np.finfo(np.float64).eps
"""Relative to f', a curvature below this may be nothing but rounding."""


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
        self.order = order if jet.curvature > 0.0 else -2.0  # Any will do that tends to 0.
        # What is left of f' and of u f' - f when the part that changes is taken away.
        self._slope = jet.f_prime - _at_start(jet.curvature, self.order)
        self._offset = jet.remainder - _at_start(jet.u_curvature, self.order + 1.0)
        # Where f' tends to 0, f grows more slowly than u, and is not computed as u times f(u)/u.
        noise = max(1e-6 * abs(jet.f_prime), 1e-10)
        self.sublinear = self.order < 0.0 and abs(self._slope) <= noise
        if self.sublinear:
            self._slope = 0.0

    @property
    def f_prime_limit(self) -> float:
        """The limit of f' as u tends to infinity."""
        return self._slope if self.order < 0.0 else math.inf

    @property
    def remainder_limit(self) -> float:
        """The limit of u f' - f as u tends to infinity."""
        return self._offset if self.order < -1.0 else math.inf

    @classmethod
    def fit(cls, jet_at: Callable[[np.ndarray], Jet]) -> Tail:
        """Find how far up a generator can be trusted, and the power law it follows there.

        Args:
            jet_at: gives the jet at an array of log u.

        Returns:
            The tail beyond the last log u of at least 4 where it can be trusted.
        """
        log_u = np.arange(-2.0, _WIDEST + 1.0)
        # The same points up to rounding: what differs between them is noise.
        nearby = 4.0 * np.spacing(np.maximum(log_u, 1.0)) * np.arange(5.0)[:, None]
        repeated = jet_at(log_u + nearby)
        jets = Jet(*(value[0] for value in repeated))
        with np.errstate(all="ignore"):
            orders = np.full_like(log_u, np.nan)
            orders[2:] = 0.5 * np.log(jets.curvature[2:] / jets.curvature[:-2])
            lost = _lost(jets, orders)
            reliable = _reliable(repeated) & ~lost
        # Near 4 its finiteness has been checked, and nothing cancels.
        last = max(np.flatnonzero(reliable), default=int(np.searchsorted(log_u, 4.0)))
        jet = Jet(*(float(value[last]) for value in jets))
        if lost[last]:
            jet = jet._replace(curvature=0.0, u_curvature=0.0)
        start, order, previous = map(float, (log_u[last], orders[last], orders[last - 2]))
        return cls(start, jet, _limit(start, order, previous))

    def at(self, log_u: tf.Tensor) -> Jet:
        """Return the jet at `log_u`, float64, where that is above `start`."""
        jet, order = self.jet, self.order
        d = tf.maximum(log_u - self.start, 0.0)
        f_prime = self._slope + _antiderivative(jet.curvature, order, d)
        remainder = self._offset + _antiderivative(jet.u_curvature, order + 1.0, d)
        decayed = (jet.remainder_over_u - _at_start(jet.curvature, order + 1.0)) * tf.exp(-d)
        if order == -1.0:
            remainder_over_u = decayed + jet.curvature * d * tf.exp(-d)
        else:
            remainder_over_u = decayed + _exponential(jet.curvature / (order + 1.0), order * d)
        if order > 0.0:  # Both of what is subtracted below would overflow.
            product = order * (order + 1.0)
            over_u = self._slope - decayed + _exponential(jet.curvature / product, order * d)
        else:
            over_u = f_prime - remainder_over_u
        if self.sublinear:
            u_f_prime = _exponential(jet.u_curvature / order, (order + 1.0) * d)
            f = u_f_prime - remainder
        else:
            u_f_prime, f = self._times_u(f_prime, d), self._times_u(over_u, d)
        return Jet(
            f=f,
            over_u=over_u,
            f_prime=f_prime,
            u_f_prime=u_f_prime,
            remainder=remainder,
            remainder_over_u=remainder_over_u,
            curvature=_exponential(jet.curvature, order * d),
            u_curvature=_exponential(jet.u_curvature, (order + 1.0) * d),
        )

    def _times_u(self, value: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
        """Compute u times `value`, which may fit where u does not, and is 0 where `value` is."""
        root = tf.exp(tf.minimum(0.5 * (d + self.start), 700.0))
        return value * root * root


def _exponential(scale: float, exponent: tf.Tensor) -> tf.Tensor:
    """Compute `scale exp(exponent)`, which may fit where the exponential does not."""
    if scale == 0.0:
        return tf.zeros_like(exponent)
    return math.copysign(1.0, scale) * tf.exp(exponent + math.log(abs(scale)))


def _antiderivative(scale: float, rate: float, d: tf.Tensor) -> tf.Tensor:
    """Compute an antiderivative of `scale exp(rate d)` in d."""
    return scale * d if rate == 0.0 else _exponential(scale / rate, rate * d)


def _at_start(scale: float, rate: float) -> float:
    """Return what `_antiderivative` is at d = 0."""
    return 0.0 if rate == 0.0 else scale / rate


def _reliable(repeated: Jet) -> np.ndarray:
    """Return where rounding spoils u f' - f by less than `_PRECISION`, and nothing overflows.

    Args:
        repeated: arrays of shape (repetitions, log u), a unit apart from log u = -2 on.

    Returns:
        A boolean array with an entry for each log u, false below 4.
    """
    jet = Jet(*(value[0] for value in repeated))
    scale = np.maximum(np.abs(jet.remainder), 1.0)
    noise = np.full_like(scale, np.inf)
    # Repetitions may agree by chance.
    noise[6:] = sliding_window_view(np.ptp(repeated.remainder, axis=0) / scale, 5).max(axis=1)[2:]
    rounding = _ROUNDING * (np.abs(jet.f) + np.abs(jet.u_f_prime)) / scale
    finite = np.all(np.abs(np.stack(jet)) < _LARGEST, axis=0)
    finite[2:] &= finite[:-2]
    reliable = finite & (noise <= _PRECISION) & (rounding <= _PRECISION)
    # Where u + 1 is u, terms may cancel without noise, but u f' - f must not decrease.
    highest = np.maximum.accumulate(np.where(reliable, jet.remainder, -np.inf))
    return reliable & (jet.remainder >= highest - _PRECISION * np.abs(highest))


def _lost(jets: Jet, orders: np.ndarray) -> np.ndarray:
    """Return where nothing is left of the curvature but rounding: it is small and erratic."""
    steady = np.zeros(orders.shape, bool)
    steady[4:] = np.ptp([orders[4:], orders[2:-2], orders[:-4]], axis=0) < 0.1
    steady[2:] |= (jets.curvature[2:] == 0.0) & (jets.curvature[:-2] == 0.0)
    faint = ~(jets.curvature > _FAINT * np.abs(jets.f_prime))
    return faint & ~steady


def _limit(log_u: float, order: float, previous: float) -> float:
    """Return where the exponent of the power law tends to, from its last two values.

    Powers of log u make it drift like 1 / log u. The drift is followed to its limit, or u log(u)^2
    would seem to grow like a power above 1.
    """
    if not math.isfinite(order):
        return -2.0
    drift = 0.5 * (log_u - 3.0) * (order - previous) if math.isfinite(previous) else 0.0
    limit = order + drift
    nearest = round(2.0 * limit) / 2.0
    return nearest if abs(limit - nearest) <= max(2.0 * abs(drift), 1e-7) else limit
