"""What every divergence promises, in float64, against the textbook formulas in mpmath."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences
from tests.divergences import oracles

LOG_U = np.concatenate([np.linspace(-8.0, 8.0, 33), [-0.01, 1e-5]])
AWAY_FROM_ONE = LOG_U[LOG_U != 0.0]


@pytest.fixture(params=oracles.ORACLES)
def case(request):
    return request.param


@pytest.fixture
def divergence(case):
    return oracles.make(case)


@pytest.fixture
def oracle(case):
    return oracles.ORACLES[case]


@pytest.fixture
def grid(case):
    """Points where f has its derivatives."""
    return AWAY_FROM_ONE if case in oracles.KINKED else LOG_U


def test_every_registered_member_has_an_oracle():
    assert set(divergences.registry) == set(oracles.MEMBERS)


def test_f_is_the_textbook_f(divergence, oracle):
    expected = oracles.values(oracle.f, LOG_U)
    np.testing.assert_allclose(divergence.f(LOG_U), expected, rtol=1e-12, atol=1e-14)


def test_f_of_one_is_zero(case, divergence):
    expected = -math.log(4.0) if case == "gan" else 0.0
    assert float(divergence.f(tf.zeros([], "float64"))) == pytest.approx(expected, abs=1e-15)


def test_f_is_convex_in_u(divergence):
    rng = np.random.default_rng(0)
    one, other = rng.uniform(0.0, 10.0, (2, 1000))
    middle = divergence.f(np.log((one + other) / 2))
    chord = (divergence.f(np.log(one)) + divergence.f(np.log(other))) / 2
    assert np.all(middle <= chord + 1e-12)


def test_derivatives_match_numerical_differentiation_of_the_textbook_f(divergence, oracle, grid):
    u = [mp.exp(mp.mpf(x)) for x in grid]
    with mp.workdps(40):
        first = [mp.diff(oracle.f, point) for point in u]
        second = [mp.diff(oracle.f, point, 2) for point in u]
    conjugate = [float(p * d - oracle.f(p)) for p, d in zip(u, first, strict=True)]
    curvature = [float(p * d) for p, d in zip(u, second, strict=True)]
    tolerance = {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(divergence.f_prime(grid), np.float64(first), **tolerance)
    np.testing.assert_allclose(divergence.conjugate_of_f_prime(grid), conjugate, **tolerance)
    np.testing.assert_allclose(divergence.curvature(grid), curvature, **tolerance)


def test_gradients_are_those_of_the_textbook_f(divergence, oracle, grid):
    u = np.exp(grid)
    first, second = (oracles.values(g, grid) for g in (oracle.first, oracle.second))
    tolerance = {"rtol": 1e-9, "atol": 1e-12}
    for method, expected in (
        (divergence.f, u * first),
        (divergence.f_prime, u * second),
        (divergence.conjugate_of_f_prime, u * u * second),
    ):
        np.testing.assert_allclose(oracles.gradient(method, grid), expected, **tolerance)


def test_fenchel_young_inequality_is_tight_at_f_prime(divergence, grid):
    u = tf.exp(grid)
    t = divergence.f_prime(grid)
    gap = divergence.conjugate(t)[:, None] + divergence.f(grid)[None] - t[:, None] * u[None]
    scale = 1.0 + np.abs(t)[:, None] * u[None] + np.abs(divergence.f(grid))
    assert np.min(gap / scale) > -1e-12
    assert np.max(np.abs(np.diag(gap / scale))) < 1e-12
    np.testing.assert_allclose(
        divergence.conjugate(t), divergence.conjugate_of_f_prime(grid), rtol=1e-7, atol=1e-9
    )


def supremum(f, t, low=-50.0, high=50.0):
    """Maximise t u - f(u), which is concave in u, by golden section over log u."""
    t, low, high = mp.mpf(t), mp.mpf(low), mp.mpf(high)
    ratio = (mp.sqrt(5) - 1) / 2

    def objective(x):
        u = mp.exp(x)
        return t * u - f(u)

    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = objective(left), objective(right)
    for _ in range(90):
        if at_left > at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = objective(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = objective(right)
    return float(max(at_left, at_right)), float(mp.exp((low + high) / 2))


def test_conjugate_is_the_supremum_and_its_gradient_the_maximiser(divergence, oracle):
    slopes = oracles.values(oracle.first, np.array([-5.0, -1.0, -0.1, 0.2, 3.0]))
    t = np.array([slopes.min() - 0.7, *slopes, slopes[2:4].mean()])
    with mp.workdps(30):
        expected, maximiser = np.transpose([supremum(oracle.f, value) for value in t])
    np.testing.assert_allclose(divergence.conjugate(t), expected, rtol=1e-9, atol=1e-9)
    # Total variation alone has a whole interval of maximisers at its two slopes.
    single = np.abs(np.abs(t) - 0.5) > 1e-12 if divergence.name == "total_variation" else t == t
    actual = oracles.gradient(divergence.conjugate, t)
    np.testing.assert_allclose(actual[single], maximiser[single], rtol=1e-6, atol=1e-9)


def test_conjugate_is_infinite_above_its_domain(divergence):
    _, upper = divergence.conjugate_domain
    t = tf.constant([upper + 1e-6, upper + 10.0, 1e30], "float64")
    result = divergence.conjugate(t)
    assert np.all(np.isinf(result)) or math.isinf(upper)
    assert not np.any(np.isnan(result))


def test_conjugate_domain_is_the_range_of_the_activation(case, divergence):
    lower, upper = divergence.conjugate_domain
    v = tf.constant(np.linspace(-30.0, 30.0, 601))
    t = divergence.output_activation(v).numpy()
    assert np.all(np.diff(t) >= -1e-15 * np.abs(t[1:]))
    assert np.all(np.diff(t)[270:330] > 0.0) or case == "tv + 0.1 * hellinger"
    assert np.all((t >= lower - 1e-12) & (t <= upper + 1e-12))
    far = divergence.output_activation(tf.constant([-1e6, 1e6], "float64")).numpy()
    for end, reached in zip((lower, upper), far, strict=True):
        assert abs(reached) > 1e3 if math.isinf(end) else reached == pytest.approx(end, abs=1e-12)


def test_conjugate_of_activation_is_fused_correctly(divergence):
    v = tf.constant(np.linspace(-6.0, 6.0, 49))
    separate = divergence.conjugate(divergence.output_activation(v))
    fused = divergence.conjugate_of_activation(v)
    np.testing.assert_allclose(fused, separate, rtol=1e-8, atol=1e-9)


def test_dual_swaps_the_arguments(divergence, oracle):
    dual = divergence.dual()
    expected = oracles.values(lambda u: u * oracle.f(1 / u), LOG_U)
    np.testing.assert_allclose(dual.f(LOG_U), expected, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(dual.dual().f(LOG_U), divergence.f(LOG_U), rtol=1e-12, atol=1e-14)
    expected = tf.exp(-LOG_U) * divergence.curvature(-LOG_U)
    np.testing.assert_allclose(dual.curvature(LOG_U), expected, rtol=1e-11)


def test_integrands_add_up_to_f(divergence, oracle):
    a, b = divergence.integrands(tf.constant(LOG_U))
    f = oracles.values(oracle.f, LOG_U)
    np.testing.assert_allclose(tf.exp(LOG_U) * a + b, f, rtol=1e-10, atol=1e-12)
    for actual, index in ((a, 0), (b, 1)):
        expected = oracles.values(lambda u, i=index: oracle.integrands(u)[i], LOG_U)
        np.testing.assert_allclose(actual, expected, rtol=1e-11, atol=1e-14)


def test_flags_say_which_integrands_are_used(divergence):
    a, b = divergence.integrands(tf.constant(LOG_U))
    assert divergence.uses_data_samples == bool(np.any(a != 0.0))
    assert divergence.uses_model_samples == bool(np.any(b != 0.0))
    line = np.linspace(-8.0, 8.0, 33)
    bends = [np.abs(np.diff(side, 2)).max() for side in divergence.integrands(tf.constant(line))]
    assert divergence.affine == (max(bends) < 1e-12)
    needs = divergence.uses_model_samples or not divergence.affine
    assert divergence.requires_data_density == needs


def test_only_kl_does_without_the_data_density():
    free = [n for n in divergences.registry if not divergences.get(n).requires_data_density]
    assert free == ["kl"]
