"""The members as textbooks print them, in mpmath and in u, sharing no code with the package."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import tensorflow as tf

from kfdiv import divergences

Function = Callable[[mp.mpf], mp.mpf]


@functools.cache
def _log(u: mp.mpf, precision: int) -> mp.mpf:
    return mp.log(u)


def log(u: mp.mpf) -> mp.mpf:
    """Return mpmath's logarithm, which of thousands of digits takes longest, once for all."""
    return _log(u, mp.mp.prec)


@functools.cache
def _exp(log_u: float, precision: int) -> mp.mpf:
    return mp.exp(mp.mpf(log_u))


@dataclass(frozen=True)
class Oracle:
    """A generator and its first two derivatives; the integrands, by default f / (1 + u) twice."""

    f: Function
    first: Function
    second: Function
    a: Function | None = None
    b: Function | None = None

    def integrands(self, u: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
        if self.a is None:
            return (self.f(u) / (1 + u),) * 2
        return self.a(u), self.b(u)


def skew_js(pi: float) -> Oracle:
    pi = mp.mpf(pi)

    def m(u):
        return 1 - pi + pi * u

    return Oracle(
        f=lambda u: pi * u * log(u) - m(u) * log(m(u)),
        first=lambda u: pi * log(u / m(u)),
        second=lambda u: pi * (1 - pi) / (u * m(u)),
        a=lambda u: pi * log(u / m(u)),
        b=lambda u: (1 - pi) * log(1 / m(u)),
    )


def alpha(a: float) -> Oracle:
    a = mp.mpf(a)
    if a == 0:
        return Oracle(lambda u: u - 1 - log(u), lambda u: 1 - 1 / u, lambda u: u**-2)
    if a == 1:
        return Oracle(lambda u: u * log(u) - u + 1, log, lambda u: 1 / u)
    return Oracle(
        f=lambda u: (u**a - 1 - a * (u - 1)) / (a * (a - 1)),
        first=lambda u: (u ** (a - 1) - 1) / (a - 1),
        second=lambda u: u ** (a - 2),
    )


def scaled(oracle: Oracle, w: float) -> Oracle:
    return Oracle(
        f=lambda u: w * oracle.f(u),
        first=lambda u: w * oracle.first(u),
        second=lambda u: w * oracle.second(u),
        a=lambda u: w * oracle.integrands(u)[0],
        b=lambda u: w * oracle.integrands(u)[1],
    )


def added(one: Oracle, other: Oracle) -> Oracle:
    return Oracle(
        f=lambda u: one.f(u) + other.f(u),
        first=lambda u: one.first(u) + other.first(u),
        second=lambda u: one.second(u) + other.second(u),
        a=lambda u: one.integrands(u)[0] + other.integrands(u)[0],
        b=lambda u: one.integrands(u)[1] + other.integrands(u)[1],
    )


ZERO = mp.mpf(0)
MEMBERS = {
    "kl": Oracle(
        f=lambda u: u * log(u),
        first=lambda u: log(u) + 1,
        second=lambda u: 1 / u,
        a=log,
        b=lambda u: ZERO,
    ),
    "rkl": Oracle(
        f=lambda u: -log(u),
        first=lambda u: -1 / u,
        second=lambda u: u**-2,
        a=lambda u: ZERO,
        b=lambda u: -log(u),
    ),
    "js": Oracle(
        f=lambda u: (u * log(u) - (1 + u) * log((1 + u) / 2)) / 2,
        first=lambda u: log(2 * u / (1 + u)) / 2,
        second=lambda u: 1 / (2 * u * (1 + u)),
        a=lambda u: log(2 * u / (1 + u)) / 2,
        b=lambda u: log(2 / (1 + u)) / 2,
    ),
    "gan": Oracle(
        f=lambda u: u * log(u) - (1 + u) * log(1 + u),
        first=lambda u: log(u / (1 + u)),
        second=lambda u: 1 / (u * (1 + u)),
        a=lambda u: log(u / (1 + u)),
        b=lambda u: -log(1 + u),
    ),
    "squared_hellinger": Oracle(
        f=lambda u: (mp.sqrt(u) - 1) ** 2,
        first=lambda u: 1 - 1 / mp.sqrt(u),
        second=lambda u: u ** mp.mpf(-1.5) / 2,
    ),
    "pearson": Oracle(lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1), lambda u: mp.mpf(2)),
    "neyman": Oracle(lambda u: (1 - u) ** 2 / u, lambda u: 1 - u**-2, lambda u: 2 * u**-3),
    "total_variation": Oracle(
        lambda u: abs(u - 1) / 2, lambda u: mp.sign(u - 1) / 2, lambda u: ZERO
    ),
    "jeffreys": Oracle(
        f=lambda u: (u - 1) * log(u),
        first=lambda u: log(u) + 1 - 1 / u,
        second=lambda u: 1 / u + u**-2,
        a=log,
        b=lambda u: -log(u),
    ),
    "alpha": alpha(0.5),
    "skew_js": skew_js(0.5),
    "triangular": Oracle(
        f=lambda u: (u - 1) ** 2 / (u + 1),
        first=lambda u: 1 - 4 / (1 + u) ** 2,
        second=lambda u: 8 / (1 + u) ** 3,
    ),
}
ORACLES = {
    **MEMBERS,
    **{f"alpha({a})": alpha(a) for a in (-1.5, 0, 0.3, 0.999, 1, 3)},
    **{f"skew_js({pi})": skew_js(pi) for pi in (0.01, 0.9)},
    "3 * js": scaled(MEMBERS["js"], 3),
    "2 * kl + rkl": added(scaled(MEMBERS["kl"], 2), MEMBERS["rkl"]),
    "tv + 0.1 * hellinger": added(
        MEMBERS["total_variation"], scaled(MEMBERS["squared_hellinger"], mp.mpf("0.1"))
    ),
}
KINKED = ("total_variation", "tv + 0.1 * hellinger")


def make(case: str) -> divergences.Divergence:
    """Return the divergence that a key of ORACLES stands for."""
    get = divergences.get
    if case == "3 * js":
        return 3 * get("js")
    if case == "2 * kl + rkl":
        return 2 * get("kl") + get("rkl")
    if case == "tv + 0.1 * hellinger":
        return get("total_variation") + 0.1 * get("squared_hellinger")
    return get(case)


def values(function: Function, log_u: np.ndarray) -> np.ndarray:
    """Evaluate a function of u exactly, whatever cancels in it, and round to float64."""
    return np.array([float(exactly(function, x)) for x in np.ravel(log_u)])


def exactly(function: Function, log_u: float) -> mp.mpf:
    """Evaluate a function of u with enough digits to resolve 1 + u beside u, and beside 1."""
    with mp.workdps(40 + math.ceil(0.45 * abs(float(log_u)))):
        result = function(_exp(float(log_u), mp.mp.prec))
    return +result


def slope(function: Function, log_u: float) -> mp.mpf:
    """Differentiate a function of u in log u, to an absolute error far below float32's."""
    with mp.workdps(60):
        result = mp.diff(lambda x: function(mp.exp(x)), mp.mpf(float(log_u)))
    return +result


def gradient(function: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> tf.Tensor:
    """Differentiate an elementwise function by TensorFlow."""
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x, unconnected_gradients="zero")
