"""Gradients of pixel likelihoods, as Rosca et al. 2018, appendix D, compares them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv.distributions import Bernoulli, Normal, QuantizedNormal

X = np.array([[0.0, 0.2, 0.6, 1.0]])
OUTPUTS = np.array([[-1.5, 0.3, 0.55, 2.0]])


def gradient(layer):
    """Of log p(x|outputs) in the network's outputs, in float64."""
    outputs = tf.constant(OUTPUTS)
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        log_prob = layer.distribution(outputs).log_prob(tf.constant(X))
    return tape.gradient(log_prob, outputs).numpy()


@pytest.fixture
def identity():
    keras.config.set_dtype_policy("float64")
    return keras.Sequential([keras.Input((4,), dtype="float64"), keras.layers.Activation("linear")])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_bernoulli_s_is_the_difference_of_data_and_mean_as_that_of_a_unit_normal(identity):
    np.testing.assert_allclose(gradient(Bernoulli(identity)), X - sigmoid(OUTPUTS), rtol=1e-12)
    for scale in (1.0, 0.1):
        found = gradient(Normal(identity, scale=scale))
        np.testing.assert_allclose(found, (X - OUTPUTS) / scale**2, rtol=1e-12)


def test_a_quantised_normal_s_is_a_normal_s_where_its_levels_are_fine_and_within_the_range(
    identity,
):
    inside = (X > 0) & (X < 1)
    found = gradient(QuantizedNormal(identity, scale=0.5, levels=2**12 + 1))
    rounded = np.round(X * 2**12) / 2**12
    np.testing.assert_allclose(found[inside], ((rounded - OUTPUTS) / 0.25)[inside], rtol=1e-5)
    # The outermost levels absorb the tails: past them nothing pulls back.
    assert abs(found[0, 0]) < 0.01 < abs((X - OUTPUTS)[0, 0])
    assert abs(found[0, 3]) < 0.2 < abs((X - OUTPUTS)[0, 3])


def test_in_the_mean_itself_a_bernoulli_is_a_normal_of_variance_a_quarter_or_less(identity):
    """The outputs of the two are not alike: a logit, and a mean. d/dm of a Bernoulli has m(1-m)."""
    mean = sigmoid(OUTPUTS)
    in_mean = gradient(Bernoulli(identity)) / (mean * (1 - mean))
    np.testing.assert_allclose(in_mean, X / mean - (1 - X) / (1 - mean), rtol=1e-10)
    assert (mean * (1 - mean)).max() <= 0.25
