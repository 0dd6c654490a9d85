"""Values and gradients in float32 over |log u| <= 1e4, against exact arithmetic.

Tolerance: 3e-5 relative (float32 resolves exponents near 88 to 5e-6) plus 1e-6 absolute. Where the
true value overflows, so must ours, to the infinity of its sign; NaN is never right.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import tensorflow as tf

from tests.divergences import oracles

LARGEST = float(np.finfo(np.float32).max)
MAGNITUDES = (1e-6, 1e-3, 0.1, 0.7, 1.0, 3.0, 9.0, 16.5, 30.0, 44.0, 60.0, 87.0, 89.0, 105.0, 1e3)
LOG_U = np.float32([*(-x for x in MAGNITUDES), 0.0, *MAGNITUDES])
EXTREMES = np.float32([-1e4, 1e4])
NEAR_OVERFLOW = 3.0
"""Within this factor of the largest float, both a finite value and an infinity pass."""


def assert_float32(actual, expected, what):
    """Compare float32 results to numbers of any magnitude."""
    assert actual.dtype == tf.float32
    for x, got, want in zip(LOG_U_OF[len(expected)], actual.numpy(), expected, strict=True):
        message = f"{what} at log u = {x}: {got}, exactly {mp.nstr(want, 8)}"
        assert not np.isnan(got), message
        if abs(want) > LARGEST / NEAR_OVERFLOW:
            assert np.sign(got) == np.sign(float(mp.sign(want))), message
            assert np.isinf(got) or abs(got) > LARGEST / NEAR_OVERFLOW**2, message
            assert np.isinf(got) or abs(want) < LARGEST * NEAR_OVERFLOW, message
        else:
            assert abs(got - float(want)) <= 3e-5 * abs(float(want)) + 1e-6, message


LOG_U_OF = {len(LOG_U): LOG_U, len(LOG_U) - 1: LOG_U[LOG_U != 0.0], len(EXTREMES): EXTREMES}


@pytest.fixture(params=oracles.ORACLES)
def case(request):
    return request.param


@pytest.fixture(params=["moderate", "extreme"])
def log_u(request, case):
    if request.param == "extreme":
        return EXTREMES
    return LOG_U_OF[len(LOG_U) - (case in oracles.KINKED)]


def quantities(case):
    """Name, method, exact value and exact derivative in log u, both functions of u."""
    divergence, oracle = oracles.make(case), oracles.ORACLES[case]

    def remainder(u):
        return u * oracle.first(u) - oracle.f(u)

    def curvature(u):
        return u * oracle.second(u)

    yield "f", divergence.f, oracle.f, lambda u: u * oracle.first(u)
    yield "f'", divergence.f_prime, oracle.first, curvature
    yield "u f' - f", divergence.conjugate_of_f_prime, remainder, lambda u: u * curvature(u)
    yield "u f''", divergence.curvature, curvature, None
    for name, i in (("a", 0), ("b", 1)):
        side = lambda x, i=i: divergence.integrands(x)[i]  # noqa: E731
        yield name, side, lambda u, i=i: oracle.integrands(u)[i], None


def test_values_and_gradients(case, log_u):
    for name, method, value, derivative in quantities(case):
        expected = [oracles.exactly(value, x) for x in log_u]
        assert_float32(method(log_u), expected, name)
        if derivative is None:
            expected = [oracles.slope(value, x) for x in log_u]
        else:
            expected = [oracles.exactly(derivative, x) for x in log_u]
        assert_float32(oracles.gradient(method, log_u), expected, f"gradient of {name}")


@pytest.mark.parametrize("name", ["output_activation", "conjugate_of_activation"])
def test_critic_side_is_finite_or_infinite_but_never_nan(case, name):
    """Where float64 is finite and fits, so is float32; elsewhere both are infinite."""
    method = getattr(oracles.make(case), name)
    v = np.concatenate([LOG_U, EXTREMES])
    wide = np.float64(v)
    pairs = [(method(v), method(wide))]
    pairs.append((oracles.gradient(method, v), oracles.gradient(method, wide)))
    for narrow, reference in pairs:
        assert not np.any(np.isnan(narrow))
        assert not np.any(np.isnan(reference))
        fits = np.abs(reference) < LARGEST / 3
        np.testing.assert_allclose(
            narrow[fits], reference[fits], rtol=3e-5, atol=3e-6, err_msg=f"{case}.{name}"
        )
        overflows = np.abs(reference) > LARGEST * 3
        assert np.all(np.isinf(narrow[overflows]))


def test_conjugate_is_never_nan(case):
    divergence = oracles.make(case)
    lower, upper = (np.clip(end, -1e30, 1e30) for end in divergence.conjugate_domain)
    t = np.float32([-1e30, -1e4, lower, -3.0, -0.1, 0.0, 0.1, 0.3, 3.0, upper, 1e4, 1e30])
    t = np.sort(t)
    for result in (divergence.conjugate(t), oracles.gradient(divergence.conjugate, t)):
        assert not np.any(np.isnan(result))
        # Inside the domain both the conjugate and its derivative, u*, increase.
        inside = result.numpy()[(t < upper) & np.isfinite(result)]
        assert np.all(np.diff(inside) >= -1e-5 * np.abs(inside[1:]) - 1e-6)
