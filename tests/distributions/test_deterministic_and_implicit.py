"""The distributions without a density."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import noise, random
from kfdiv.distributions import Deterministic, Implicit


def test_spread_noise_gives_a_point_mass_a_density():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    z = tf.ones((4, 2))
    noised = noise.Gaussian(0.5).convolve(Deterministic(network).distribution(z), 0.5)
    np.testing.assert_allclose(noised.mean(), network(z))
    np.testing.assert_allclose(noised.stddev(), np.full((4, 3), 0.5))
    assert noised.log_prob(tf.zeros((4, 3))).shape == (4,)


@pytest.fixture
def adder():
    """A network that adds two noises, so that its law is known."""
    z, first, second = keras.Input((1,)), keras.Input((1,)), keras.Input((1,))
    return Implicit(keras.Model([z, first, second], keras.layers.Add()([z, first, second])))


def test_each_noise_input_is_standard_normal_and_independent(adder):
    x = adder.sample(tf.fill((100_000, 1), 3.0), random.seed(0, "x")).numpy()
    np.testing.assert_allclose(x.mean(), 3.0, atol=5 * np.sqrt(2 / 100_000))
    np.testing.assert_allclose(x.var(), 2.0, rtol=0.03)


def test_its_distribution_can_be_sampled_as_tfps_are(adder):
    distribution = adder.distribution(tf.zeros((2, 1)))
    x = distribution.sample(1000, seed=random.seed(0, "x"))
    assert x.shape == (1000, 2, 1)
    assert abs(float(tf.math.reduce_std(x)) - 2**0.5) < 0.1
    with pytest.raises(ValueError, match="stateless seed"):
        distribution.sample(3)


def test_its_mean_is_the_output_at_zero_noise(adder):
    z = tf.constant([[1.0], [2.0]])
    np.testing.assert_array_equal(adder.mean(z), z)


def test_a_network_with_its_own_noise_is_taken_as_it_is():
    network = keras.Sequential([keras.Input((2,)), keras.layers.GaussianNoise(1.0, seed=0)])
    layer = Implicit(network)
    x = layer.sample(tf.zeros((3, 2)), random.seed(0, "x"), training=True)
    assert np.abs(x).min() > 0
    np.testing.assert_array_equal(layer.mean(tf.zeros((3, 2)), training=False), 0.0)


def test_spread_noise_of_an_implicit_distribution_says_what_works(adder):
    with pytest.raises(ValueError, match=r"Pushforward.*Deterministic"):
        noise.Gaussian(0.5).convolve(adder.distribution(tf.zeros((2, 1))), 0.5)


def test_arrays_are_taken_as_tensors_are(adder):
    z, seed = np.full((5, 1), 3.0), random.seed(0, "x")
    np.testing.assert_array_equal(
        adder.sample(z.astype("float32"), seed), adder.sample(tf.constant(z, "float32"), seed)
    )
    assert adder.sample(z, seed).shape == adder.mean(z).shape == (5, 1)
