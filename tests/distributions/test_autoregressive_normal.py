"""A posterior of several steps: its density, and its KL along a draw."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kfdiv import distributions, networks, random

SEED = random.seed(0, "z")


def posterior(steps: int = 3) -> distributions.AutoregressiveNormal:
    """Return one in double precision, far from where it starts."""
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    network, _ = networks.draw.networks(2, latent_size=1, steps=steps, units=4)
    rng = np.random.default_rng(0)
    for variable in network.weights:
        variable.assign(rng.normal(size=variable.shape))
    return distributions.AutoregressiveNormal(network)


def test_the_density_is_the_one_that_accumulates_while_drawing():
    layer = posterior()
    x = tf.constant(np.random.default_rng(1).normal(size=(6, 2)))
    distribution = layer.distribution(x)
    z, conditionals = layer.draw_with_conditionals(distribution, SEED)
    np.testing.assert_array_equal(z, layer.draw(distribution, SEED))
    loc, scale = conditionals.distribution.loc, conditionals.distribution.scale
    noise = random.normal((6, 3), SEED, "float64")
    np.testing.assert_allclose(z, loc + scale * noise, rtol=1e-12)
    expected = stats.norm(loc, scale).logpdf(z).sum(axis=-1)
    np.testing.assert_allclose(conditionals.log_prob(z), expected, rtol=1e-12)
    np.testing.assert_allclose(distribution.log_prob(z), expected, rtol=1e-12)
    pair = layer.sample_and_log_prob(x, SEED)
    np.testing.assert_allclose(pair[1], expected, rtol=1e-12)
    # What was drawn matters to the steps after it, and to them alone.
    other = distribution.conditionals(tf.zeros_like(z)).mean()
    np.testing.assert_allclose(other[:, 0], loc[:, 0], rtol=1e-12)
    assert (np.abs(other - loc)[:, 1:].max(axis=0) > 0.01).all()


def test_the_density_integrates_to_one():
    layer = posterior(steps=2)
    grid = np.linspace(-12, 12, 241)
    z = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)
    density = np.exp(layer.distribution(tf.constant([[0.3, -0.5]])).log_prob(z))
    assert density.sum() * 0.1**2 == pytest.approx(1.0, abs=1e-6)


def test_the_sum_of_the_steps_kl_is_the_kl_in_expectation():
    layer, count = posterior(), 20_000
    x = tf.constant(np.tile([[0.3, -0.5]], (count, 1)))
    z, conditionals = layer.draw_with_conditionals(layer.distribution(x), SEED)
    prior = distributions.StandardNormal(3).distribution()
    steps = conditionals.kl_divergence(prior).numpy()
    ratio = (conditionals.log_prob(z) - prior.log_prob(z)).numpy()
    assert steps.mean() > 0.5
    difference = steps - ratio
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(count)
    # Every step's is its closed form.
    loc, scale = conditionals.distribution.loc.numpy(), conditionals.distribution.scale.numpy()
    closed = 0.5 * (loc**2 + scale**2 - 1) - np.log(scale)
    np.testing.assert_allclose(steps, closed.sum(axis=-1), rtol=1e-10)


def test_every_latent_by_every_example():
    """As the marginal density of latents needs it."""
    layer = posterior()
    rng = np.random.default_rng(2)
    x, z = tf.constant(rng.normal(size=(4, 2))), rng.normal(size=(5, 1, 3))
    found = layer.distribution(x).log_prob(z)
    assert found.shape == (5, 4)
    one = layer.distribution(x[2:3]).log_prob(z[3])
    np.testing.assert_allclose(found[3, 2], one[0], rtol=1e-12)
    draws = layer.distribution(x).sample(7, seed=SEED)
    assert draws.shape == (7, 4, 3)
    with pytest.raises(ValueError, match=r"stateless seed of shape \(2,\)"):
        layer.distribution(x).sample(7, seed=3)


def test_another_network_is_refused():
    with pytest.raises(ValueError, match="needs a network that ends with an AutoregressiveLayer"):
        distributions.AutoregressiveNormal(networks.mlp(2, [4], 3))
