"""The integrands, integrated, give the divergence between two Gaussians as it is defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences

P_MEAN, P_STD = 0.3, 0.8
Q_MEAN, Q_STD = 1.0, 1.0
X, DX = np.linspace(-14.0, 16.0, 60_001, retstep=True)


def log_normal(mean, std):
    return -0.5 * ((X - mean) / std) ** 2 - math.log(std * math.sqrt(2.0 * math.pi))


LOG_P, LOG_Q = log_normal(P_MEAN, P_STD), log_normal(Q_MEAN, Q_STD)
P, Q = np.exp(LOG_P), np.exp(LOG_Q)
M = (P + Q) / 2


def integral(values):
    return float(np.sum(values) * DX)


def gaussian_kl(mean, std, other_mean, other_std):
    ratio = (std / other_std) ** 2
    return 0.5 * (ratio - 1.0 - math.log(ratio) + ((mean - other_mean) / other_std) ** 2)


def power_integral(a):
    """The integral of p^a q^(1 - a), in closed form."""
    precision = a / P_STD**2 + (1 - a) / Q_STD**2
    mean = (a * P_MEAN / P_STD**2 + (1 - a) * Q_MEAN / Q_STD**2) / precision
    exponent = a * (P_MEAN / P_STD) ** 2 + (1 - a) * (Q_MEAN / Q_STD) ** 2 - precision * mean**2
    return math.exp(-0.5 * exponent) / math.sqrt(precision) / (P_STD**a * Q_STD ** (1 - a))


FORWARD = gaussian_kl(P_MEAN, P_STD, Q_MEAN, Q_STD)
REVERSE = gaussian_kl(Q_MEAN, Q_STD, P_MEAN, P_STD)
SHANNON = integral(P * (LOG_P - np.log(M)) + Q * (LOG_Q - np.log(M))) / 2
SKEWED = 0.2 * P + 0.8 * Q
DEFINITIONS = {
    "kl": FORWARD,
    "rkl": REVERSE,
    "jeffreys": FORWARD + REVERSE,
    "js": SHANNON,
    "gan": 2 * SHANNON - math.log(4.0),
    "squared_hellinger": 2 - 2 * power_integral(0.5),
    "pearson": power_integral(2.0) - 1,
    "neyman": power_integral(-1.0) - 1,
    "alpha": (power_integral(0.5) - 1) / (0.5 * -0.5),
    "alpha(0.3)": (power_integral(0.3) - 1) / (0.3 * -0.7),
    "alpha(1)": FORWARD,
    "alpha(0)": REVERSE,
    "total_variation": integral(np.abs(P - Q)) / 2,
    "triangular": integral((P - Q) ** 2 / (P + Q)),
    "skew_js": SHANNON,
    "skew_js(0.2)": integral(
        0.2 * P * (LOG_P - np.log(SKEWED)) + 0.8 * Q * (LOG_Q - np.log(SKEWED))
    ),
}


def test_every_member_is_defined_here():
    assert set(divergences.registry) <= set(DEFINITIONS)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_integrands_give_the_divergence(name):
    a, b = divergences.get(name).integrands(tf.constant(LOG_P - LOG_Q))
    assert integral(P * a + Q * b) == pytest.approx(DEFINITIONS[name], rel=1e-7)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_expectation_of_f_and_fenchel_bound_give_the_divergence(name):
    divergence = divergences.get(name)
    log_u = tf.constant(LOG_P - LOG_Q)
    assert integral(Q * divergence.f(log_u)) == pytest.approx(DEFINITIONS[name], rel=1e-7)
    bound = P * divergence.f_prime(log_u) - Q * divergence.conjugate_of_f_prime(log_u)
    assert integral(bound) == pytest.approx(DEFINITIONS[name], rel=1e-7)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_any_other_critic_gives_less(name):
    divergence = divergences.get(name)
    v = tf.constant(0.5 * (LOG_P - LOG_Q) - 0.1)
    bound = P * divergence.output_activation(v) - Q * divergence.conjugate_of_activation(v)
    assert integral(bound) < DEFINITIONS[name] - 1e-4


def test_the_dual_has_its_arguments_swapped():
    for name in divergences.registry:
        a, b = divergences.get(name).dual().integrands(tf.constant(LOG_Q - LOG_P))
        assert integral(Q * a + P * b) == pytest.approx(DEFINITIONS[name], rel=1e-7), name
