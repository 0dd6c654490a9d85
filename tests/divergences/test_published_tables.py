"""The members against the tables of the papers, and against TFP's generators."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import divergences

LOG_U = np.linspace(-7.9, 7.9, 80)
V = np.linspace(-5.0, 5.0, 41)

# Nowozin et al. 2016, Table 2 and appendix: activation g_f(v), increasing, and conjugate f*(t).
NOWOZIN = {
    "total_variation": (lambda v: np.tanh(v) / 2, lambda t: t),
    "kl": (lambda v: v, lambda t: np.exp(t - 1)),
    "rkl": (lambda v: -np.exp(-v), lambda t: -1 - np.log(-t)),
    "pearson": (lambda v: v, lambda t: np.where(t > -2, t**2 / 4 + t, -1.0)),
    "neyman": (lambda v: 1 - np.exp(-v), lambda t: 2 - 2 * np.sqrt(1 - t)),
    "squared_hellinger": (lambda v: 1 - np.exp(-v), lambda t: t / (1 - t)),
    "gan": (lambda v: -np.log1p(np.exp(-v)), lambda t: -np.log(1 - np.exp(t))),
}


@pytest.mark.parametrize("name", NOWOZIN)
def test_activation_and_conjugate_of_nowozin(name):
    activation, conjugate = NOWOZIN[name]
    divergence = divergences.get(name)
    t = divergence.output_activation(tf.constant(V))
    np.testing.assert_allclose(t, activation(V), rtol=1e-12)
    np.testing.assert_allclose(divergence.conjugate(t), conjugate(activation(V)), rtol=1e-9)


def test_js_is_half_of_nowozins():
    js = divergences.get("js")
    activation = np.log(2) - np.log1p(np.exp(-V))
    np.testing.assert_allclose(2 * js.output_activation(tf.constant(V)), activation, rtol=1e-12)
    conjugate = -np.log(2 - np.exp(activation))
    np.testing.assert_allclose(2 * js.conjugate(activation / 2), conjugate, rtol=1e-9, atol=1e-12)


def test_jeffreys_activation_of_nowozin_is_the_identity():
    np.testing.assert_array_equal(divergences.get("jeffreys").output_activation(V), V)


# AGE, Table 1: u f''(u), and u times the second derivative of the dual's generator.
AGE = {
    "kl": (np.ones_like, lambda u: 1 / u),
    "rkl": (lambda u: 1 / u, np.ones_like),
    "2 * js": (lambda u: 1 / (1 + u), lambda u: 1 / (1 + u)),
    "squared_hellinger": (lambda u: 0.5 / np.sqrt(u), lambda u: 0.5 / np.sqrt(u)),
}


@pytest.mark.parametrize("name", AGE)
def test_gradient_scales_of_age(name):
    divergence = 2 * divergences.get("js") if name == "2 * js" else divergences.get(name)
    scale, dual_scale = AGE[name]
    u = np.exp(LOG_U)
    np.testing.assert_allclose(divergence.curvature(LOG_U), scale(u), rtol=1e-12)
    np.testing.assert_allclose(divergence.dual().curvature(LOG_U), dual_scale(u), rtol=1e-12)
    # AGE scales the generator's gradient by u times that: the dual's curvature at 1/u.
    generator = u * divergence.curvature(LOG_U)
    np.testing.assert_allclose(generator, divergence.dual().curvature(-LOG_U), rtol=1e-12)


# TFP defines D_f[p, q] = E_q[f(p/q)], as here; its Jeffreys is half, its Jensen-Shannon twice ours.
TFP = {
    "kl": tfp.vi.kl_forward,
    "rkl": tfp.vi.kl_reverse,
    "js": lambda x: tfp.vi.jensen_shannon(x, self_normalized=True) / 2,
    "gan": tfp.vi.jensen_shannon,
    "squared_hellinger": tfp.vi.squared_hellinger,
    "pearson": tfp.vi.pearson,
    "neyman": lambda x: tfp.vi.dual_csiszar_function(x, tfp.vi.pearson),
    "total_variation": tfp.vi.total_variation,
    "jeffreys": lambda x: 2 * tfp.vi.jeffreys(x),
    "triangular": tfp.vi.triangular,
    **{
        f"alpha({a})": lambda x, a=a: tfp.vi.amari_alpha(x, a, self_normalized=True)
        for a in (-1.0, 0.0, 0.4, 1.0, 2.5)
    },
}


@pytest.mark.parametrize("name", TFP)
def test_generator_of_tfp(name):
    expected = TFP[name](tf.constant(LOG_U))
    actual = divergences.get(name).f(tf.constant(LOG_U))
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


def test_tables_leave_out_no_member_but_the_skewed():
    covered = {name.partition("(")[0] for name in TFP}
    assert set(divergences.registry) - covered == {"skew_js"}
