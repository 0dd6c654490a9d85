"""The numeric Legendre transform where it is hard: kinks, plateaus, far-out solutions."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import lambertw

from kfdiv import divergences
from tests.divergences import oracles


def test_jeffreys_is_lambert_w():
    t = np.linspace(-300.0, 40.0, 400)
    w = lambertw(np.exp(1 - t)).real  # 1 / u*
    np.testing.assert_allclose(
        divergences.get("jeffreys").conjugate(t), 1 / w + w + t - 2, rtol=1e-10, atol=1e-10
    )


def test_kink_is_met_by_a_range_of_slopes():
    # |u - 1| + (u - 1)^2: f' jumps from -1 to 1 at u = 1, so f*(t) = t there.
    mixed = 2 * divergences.get("total_variation") + divergences.get("pearson")
    t = tf.constant([-0.99, -0.5, 0.0, 0.3, 0.99], "float64")
    np.testing.assert_allclose(mixed.conjugate(t), t, atol=1e-14)
    np.testing.assert_allclose(oracles.gradient(mixed.conjugate, t), np.ones(5), rtol=1e-14)
    # Beyond the jump 1 + 2 (u - 1) = t.
    np.testing.assert_allclose(mixed.conjugate([3.0]), [3.0 * 2.0 - 2.0], rtol=1e-6)


def test_plateau_takes_any_maximiser():
    custom = divergences.Custom(lambda u: tf.maximum(u - 2.0, 0.0) + tf.maximum(0.5 - u, 0.0))
    t = tf.constant([-1.0, 0.0, 0.5, 1.0], "float64")
    np.testing.assert_allclose(custom.conjugate(t), [-0.5, 0.0, 1.0, 2.0], atol=1e-12)


def test_below_the_slope_at_zero_it_is_minus_f_of_zero():
    mixed = divergences.get("pearson") + divergences.get("triangular")
    t = tf.constant([-5.1, -50.0, -1e6], "float64")
    np.testing.assert_allclose(mixed.conjugate(t), [-2.0, -2.0, -2.0])
    np.testing.assert_allclose(oracles.gradient(mixed.conjugate, t), np.zeros(3), atol=1e-300)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_solutions_far_out(dtype):
    # 2 KL + RKL: f' = 2 + 2 log u - 1/u.
    mixed = 2 * divergences.get("kl") + divergences.get("rkl")
    log_u = np.array([-80.0, -30.0, 30.0, 80.0])
    t = 2 + 2 * log_u - np.exp(-log_u)
    expected = 2 * np.exp(log_u) + log_u - 1
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    actual = mixed.conjugate(tf.constant(t, dtype))
    np.testing.assert_allclose(actual, expected, rtol=tolerance)


def test_an_overflowed_curvature_is_no_convergence():
    """Newton's step is then 0: from u = 1, slopes near -400 lead to where u f'' has overflowed."""
    mixed = divergences.get("pearson") + 0.5 * divergences.get("neyman")
    t = np.linspace(-1000.0, -50.0, 4000)
    expected = mixed.conjugate(tf.constant(t))
    np.testing.assert_array_less(t, expected)  # f*(t) >= t - f(1)
    np.testing.assert_allclose(mixed.conjugate(np.float32(t)), expected, rtol=1e-4)
    # u^8 - u: f' = 8 u^7 - 1, f* = 7 u^8.
    custom = divergences.Custom(lambda u: u**8 - u)
    t = np.float32(np.linspace(600.0, 6000.0, 300))
    expected = 7.0 * ((np.float64(t) + 1.0) / 8.0) ** (8.0 / 7.0)
    np.testing.assert_allclose(custom.conjugate(t), expected, rtol=1e-4)


@pytest.mark.parametrize("name", ["neyman", "squared_hellinger", "rkl", "jeffreys", "2 * kl + rkl"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_at_infinite_slopes(name, dtype):
    """f'(u) itself is -inf where u is small enough: f*(-inf) is -f(0), or far below 0."""
    divergence = oracles.make(name)
    largest = np.finfo(dtype).max
    t = tf.constant([-np.inf, -largest, largest, np.inf], dtype)
    value, slope = divergence.conjugate(t), oracles.gradient(divergence.conjugate, t)
    assert not np.any(np.isnan(value))
    assert not np.any(np.isnan(slope))
    assert value[-1] == np.inf
    assert value[0] == -1.0 if name == "squared_hellinger" else value[0] <= -1e4
    assert value[0] <= value[1]


def test_half_precision_is_solved_in_single():
    t = tf.constant([-3.0, 0.0, 2.0])
    for dtype in ("float16", "bfloat16"):
        result = divergences.get("jeffreys").conjugate(tf.cast(t, dtype))
        assert result.dtype == dtype
        expected = divergences.get("jeffreys").conjugate(t)
        np.testing.assert_allclose(tf.cast(result, "float32"), expected, rtol=1e-2)


def test_nan_in_nan_out():
    assert np.isnan(divergences.get("jeffreys").conjugate([float("nan")]))[0]
