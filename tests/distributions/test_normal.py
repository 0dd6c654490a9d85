"""Where the normal's scale comes from."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kfdiv import random
from kfdiv.distributions import Normal


def linear(outputs):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(outputs)])


Z = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def softplus_scale(raw, floor=1e-4):
    return floor + np.log1p(np.exp(raw + np.log(np.e - 1.0)))


@pytest.mark.parametrize(
    ("scale", "outputs", "expected"),
    [
        ("diagonal", 8, lambda out: (out[:, :4], softplus_scale(out[:, 4:]))),
        ("isotropic", 5, lambda out: (out[:, :4], softplus_scale(out[:, 4:]) + np.zeros((6, 4)))),
        ("shared", 4, lambda out: (out, np.full((6, 4), 1.0001))),
        (0.3, 4, lambda out: (out, np.full((6, 4), 0.3))),
    ],
)
def test_log_prob_and_moments_are_scipys(scale, outputs, expected):
    network = linear(outputs)
    loc, std = expected(network(Z).numpy().astype("float64"))
    distribution = Normal(network, scale=scale).distribution(tf.constant(Z))
    np.testing.assert_allclose(distribution.mean(), loc, rtol=1e-6)
    np.testing.assert_allclose(distribution.stddev(), std, rtol=1e-5)
    x = np.ones((6, 4), "float32")
    log_prob = stats.norm(loc, std).logpdf(x).sum(-1)
    np.testing.assert_allclose(distribution.log_prob(x), log_prob, rtol=1e-5)


def test_draws_have_the_distribution():
    layer = Normal(linear(2))
    z = tf.repeat(Z[:1], 50_000, axis=0)
    distribution = layer.distribution(z)
    x = layer.draw(distribution, random.seed(0, "x")).numpy().ravel()
    loc, std = float(distribution.mean()[0, 0]), float(distribution.stddev()[0, 0])
    assert stats.kstest(x, stats.norm(loc, std).cdf).pvalue > 1e-3


def test_the_shared_scale_is_learned_a_dimension():
    layer = Normal(linear(4), scale="shared")
    assert layer.trainable_variables[0].shape == (4,)
    layer.trainable_variables[0].assign([-1.0, 0.0, 1.0, 2.0])
    _, scale = layer(tf.constant(Z))
    expected = softplus_scale(np.array([-1.0, 0.0, 1.0, 2.0]))
    np.testing.assert_allclose(scale, np.tile(expected, (6, 1)), rtol=1e-5)


def test_extreme_raw_scales_stay_positive_and_finite():
    network = keras.Sequential([keras.Input((4,)), keras.layers.Activation("linear")])
    layer = Normal(network)
    raw = tf.constant([[0.0, 0.0, -1e4, 1e4]])
    with tf.GradientTape() as tape:
        tape.watch(raw)
        log_prob = layer.distribution(raw).log_prob(tf.ones((1, 2)))
    assert np.isfinite(log_prob).all()
    assert np.isfinite(tape.gradient(log_prob, raw)).all()
    np.testing.assert_allclose(layer(raw)[1], [[1e-4, 1e4]], rtol=1e-4)


@pytest.mark.parametrize(
    ("scale", "outputs", "message"),
    [
        ("diagonal", 5, "5 outputs.*even"),
        ("isotropic", 1, r"\(1,\).*\(D \+ 1,\)"),
        ("diagnoal", 4, "one of"),
        (0.0, 4, "positive finite scale"),
        (float("nan"), 4, "positive finite scale"),
        (True, 4, "one of"),
    ],
)
def test_scales_that_do_not_fit_are_refused(scale, outputs, message):
    with pytest.raises(ValueError, match=message):
        Normal(linear(outputs), scale=scale)


def test_a_floor_that_is_not_positive_is_refused():
    for wrong in (0.0, float("inf")):
        with pytest.raises(ValueError, match="min_scale must be a finite number > 0"):
            Normal(linear(4), min_scale=wrong)
