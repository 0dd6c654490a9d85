"""The Bernoulli at its edges."""

import keras
import numpy as np
import tensorflow as tf
from scipy import special

from kfdiv import random
from kfdiv.distributions import Bernoulli

IDENTITY = keras.Sequential([keras.Input((5,)), keras.layers.Activation("linear")])


def test_log_prob_of_grey_pixels():
    logits = np.array([[-30.0, -2.0, 0.0, 1.0, 40.0]])
    x = np.array([[0.0, 0.3, 0.5, 1.0, 0.9]])
    expected = (x * special.log_expit(logits) + (1 - x) * special.log_expit(-logits)).sum(-1)
    actual = Bernoulli(IDENTITY).distribution(tf.constant(logits, tf.float32)).log_prob(x)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_extreme_logits_are_finite_with_finite_gradients():
    logits = tf.constant([[-1e4, 1e4, -1e4, 1e4, 0.0]])
    x = tf.constant([[0.0, 1.0, 1.0, 0.0, 0.5]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        log_prob = Bernoulli(IDENTITY).distribution(logits).log_prob(x)
    np.testing.assert_allclose(log_prob, [-2e4 - np.log(2.0)], rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(log_prob, logits), [[0, 0, 1, -1, 0]], atol=1e-6)


def test_draws_are_hard_and_have_the_probabilities():
    layer = Bernoulli(IDENTITY)
    logits = tf.constant([[-1e4, -2.0, 0.0, 1.0, 1e4]])
    x = layer.sample(tf.repeat(logits, 50_000, axis=0), random.seed(0, "x")).numpy()
    assert set(np.unique(x)) == {0.0, 1.0}
    expected = special.expit(logits.numpy()[0].astype("float64"))
    np.testing.assert_allclose(x.mean(0), expected, atol=5 * 0.5 / np.sqrt(50_000))
    np.testing.assert_allclose(layer.mean(logits)[0], expected, atol=1e-7)
    assert layer.support == (0.0, 1.0)
