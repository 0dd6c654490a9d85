"""Generators of different growth at both ends, for TensorFlow and in mpmath."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import tensorflow as tf

from kfdiv import divergences
from tests.divergences import oracles

log, exp, sqrt = tf.math.log, tf.exp, tf.sqrt


@dataclass(frozen=True)
class Growing:
    """A user's f, and the same in mpmath with its derivatives."""

    function: Callable[[tf.Tensor], tf.Tensor]
    oracle: oracles.Oracle
    argument: str = "u"
    exact: bool = True
    """Whether the continuation is exact for it."""

    def make(self) -> divergences.Custom:
        return divergences.Custom(self.function, self.argument)


def power(c: float, sign: int = 1) -> Growing:
    """Return +-(u^c - 1)."""
    exponent = mp.mpf(c)
    return Growing(
        lambda u: sign * (u**c - 1),
        oracles.Oracle(
            f=lambda u: sign * (u**exponent - 1),
            first=lambda u: sign * exponent * u ** (exponent - 1),
            second=lambda u: sign * exponent * (exponent - 1) * u ** (exponent - 2),
        ),
    )


def _exp_sqrt(u):
    return mp.exp(mp.sqrt(u))


def _quartic(u):
    return 1 + u**4


@functools.cache
def exactly(oracle: oracles.Oracle, log_u: float) -> dict[str, mp.mpf]:
    """Return what derives from a generator, and the derivatives in log u, beyond any overflow."""
    with mp.workdps(40 + math.ceil(0.45 * abs(log_u))):
        u = mp.exp(mp.mpf(log_u))
        f, first, second = (function(u) for function in (oracle.f, oracle.first, oracle.second))
        numbers = {
            "f": f,
            "over_u": f / u,
            "f_prime": first,
            "u_f_prime": u * first,
            "remainder": u * first - f,
            "remainder_over_u": first - f / u,
            "curvature": u * second,
            "u_curvature": u * u * second,
            "half": f / (1 + u),
            "slope of half": (u * first - f * u / (1 + u)) / (1 + u),
        }
    return {name: +number for name, number in numbers.items()}


def matches(actual: float, exact: mp.mpf, dtype: str, tolerance: float | None) -> bool:
    """Say whether a number is near an exact one, and infinite where it overflows, with its sign.

    Args:
        actual: a number computed in `dtype`.
        exact: what it should be; of any magnitude.
        dtype: "float32" or "float64"; within a factor 3 of its largest number either will do.
        tolerance: relative; if None, only that it is finite is asked of what does not overflow.
    """
    largest = float(np.finfo(dtype).max)
    if abs(exact) > 3.0 * largest:
        return actual == math.copysign(math.inf, mp.sign(exact))
    if abs(exact) > largest / 3.0:
        return abs(actual) > largest / 9.0 and np.sign(actual) == mp.sign(exact)
    if tolerance is None:
        return math.isfinite(actual)
    return abs(actual - float(exact)) <= tolerance * (abs(float(exact)) + 1e-3)


LOG_2 = mp.log(2)
GENERATORS = {
    "u log u": Growing(lambda u: u * log(u), oracles.MEMBERS["kl"]),
    "u log(u)^2": Growing(
        lambda u: u * log(u) ** 2 - 4 * log(u),
        oracles.Oracle(
            f=lambda u: u * mp.log(u) ** 2 - 4 * mp.log(u),
            first=lambda u: mp.log(u) ** 2 + 2 * mp.log(u) - 4 / u,
            second=lambda u: (2 * mp.log(u) + 2) / u + 4 / u**2,
        ),
        exact=False,
    ),
    "u^1.001": power(1.001),
    "u^1.1": power(1.1),
    "u^1.5": power(1.5),
    "u^2": power(2),
    "u^3": power(3),
    "u^7": power(7),
    "u^20": power(20),
    "exp(sqrt u)": Growing(
        lambda u: exp(sqrt(u)) - math.e + 4 - 4 * sqrt(u),
        oracles.Oracle(
            f=lambda u: _exp_sqrt(u) - mp.e + 4 - 4 * mp.sqrt(u),
            first=lambda u: (_exp_sqrt(u) - 4) / (2 * mp.sqrt(u)),
            second=lambda u: (4 + _exp_sqrt(u) * (mp.sqrt(u) - 1)) / (4 * u * mp.sqrt(u)),
        ),
        exact=False,
    ),
    "1 - u^0.1": power(0.1, -1),
    "1 - sqrt u": power(0.5, -1),
    "1 - u^0.9": power(0.9, -1),
    "-log u": Growing(lambda u: -log(u), oracles.MEMBERS["rkl"]),
    "-log u - 3 (u - 1)": Growing(
        lambda u: -log(u) - 3 * (u - 1),
        oracles.Oracle(lambda u: -mp.log(u) - 3 * (u - 1), lambda u: -1 / u - 3, lambda u: u**-2),
    ),
    "1/u": power(-1),
    "u^-7": power(-7),
    "1 / (1 + u)": Growing(
        lambda u: 1 / (1 + u) - 0.5,
        oracles.Oracle(
            lambda u: 1 / (1 + u) - mp.mpf(0.5),
            lambda u: -((1 + u) ** -2),
            lambda u: 2 * (1 + u) ** -3,
        ),
    ),
    "-log(1 + log(1 + u))": Growing(
        lambda u: -log(1 + log(1 + u)) + float(mp.log(1 + LOG_2)),
        oracles.Oracle(
            f=lambda u: -mp.log(1 + mp.log(1 + u)) + mp.log(1 + LOG_2),
            first=lambda u: -1 / ((1 + u) * (1 + mp.log(1 + u))),
            second=lambda u: (2 + mp.log(1 + u)) / ((1 + u) * (1 + mp.log(1 + u))) ** 2,
        ),
        exact=False,
    ),
    "gan": Growing(  # Its terms cancel until nothing is left.
        lambda u: u * log(u) - (1 + u) * log(1 + u) + float(2 * LOG_2),
        oracles.Oracle(
            f=lambda u: u * mp.log(u) - (1 + u) * mp.log(1 + u) + 2 * LOG_2,
            first=lambda u: mp.log(u / (1 + u)),
            second=lambda u: 1 / (u * (1 + u)),
        ),
    ),
    "triangular": Growing(lambda u: (u - 1) ** 2 / (u + 1), oracles.MEMBERS["triangular"]),
    "(1 + u^4)^(1/4)": Growing(
        lambda u: (1 + u**4) ** 0.25 - 2**0.25,
        oracles.Oracle(
            f=lambda u: _quartic(u) ** mp.mpf(0.25) - mp.mpf(2) ** mp.mpf(0.25),
            first=lambda u: u**3 * _quartic(u) ** mp.mpf(-0.75),
            second=lambda u: 3 * u**2 * _quartic(u) ** mp.mpf(-1.75),
        ),
    ),
    "|u - 1|": Growing(lambda u: abs(u - 1) / 2, oracles.MEMBERS["total_variation"]),
    "hinges": Growing(
        lambda u: tf.nn.relu(u - 2) + tf.nn.relu(0.5 - u),
        oracles.Oracle(
            f=lambda u: max(u - 2, 0) + max(mp.mpf(0.5) - u, 0),
            first=lambda u: mp.mpf((u > 2) - (u < 0.5)),
            second=lambda u: mp.mpf(0),
        ),
    ),
    "(u - 1)_+^2": Growing(
        lambda u: tf.nn.relu(u - 1) ** 2,
        oracles.Oracle(
            f=lambda u: max(u - 1, mp.mpf(0)) ** 2,
            first=lambda u: 2 * max(u - 1, mp.mpf(0)),
            second=lambda u: mp.mpf(2 * (u > 1)),
        ),
    ),
    "|u - 1|^1.5": Growing(
        lambda u: abs(u - 1) ** 1.5,
        oracles.Oracle(
            f=lambda u: abs(u - 1) ** mp.mpf(1.5),
            first=lambda u: mp.mpf(1.5) * mp.sign(u - 1) * mp.sqrt(abs(u - 1)),
            second=lambda u: mp.mpf(0.75) / mp.sqrt(abs(u - 1)),
        ),
    ),
    "one hinge": Growing(
        lambda u: tf.nn.relu(2 - u) - 1,
        oracles.Oracle(
            f=lambda u: max(2 - u, 0) - mp.mpf(1),
            first=lambda u: mp.mpf(-(u < 2)),
            second=lambda u: mp.mpf(0),
        ),
    ),
    "every end": Growing(
        lambda u: (u - 1) ** 4 + u * log(u) - log(u) + 1 / u**2 - 1,
        oracles.Oracle(
            f=lambda u: (u - 1) ** 4 + (u - 1) * mp.log(u) + u**-2 - 1,
            first=lambda u: 4 * (u - 1) ** 3 + mp.log(u) + 1 - 1 / u - 2 * u**-3,
            second=lambda u: 12 * (u - 1) ** 2 + 1 / u + u**-2 + 6 * u**-4,
        ),
    ),
    "js of log u": Growing(
        lambda x: (exp(x) * x - (1 + exp(x)) * (tf.math.softplus(x) - float(LOG_2))) / 2,
        oracles.MEMBERS["js"],
        "log_u",
    ),
    "cosh(3 log u)": Growing(
        lambda x: 2 * tf.cosh(3 * x) - 2,
        oracles.Oracle(
            lambda u: u**3 + u**-3 - 2, lambda u: 3 * u**2 - 3 * u**-4, lambda u: 6 * u + 12 * u**-5
        ),
        "log_u",
    ),
}
