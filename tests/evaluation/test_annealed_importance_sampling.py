"""Annealed importance sampling on linear-Gaussian models, whose marginal is a Gaussian."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kfdiv
from kfdiv import evaluation
from kfdiv.evaluation import hamiltonian


def linear(latent_size, size, scale, seed=0):
    """x = z W + b + scale * noise, and its marginal N(b, W^T W + scale^2 I)."""
    rng = np.random.default_rng(seed)
    kernel, bias = rng.normal(size=(latent_size, size)), rng.normal(size=size)
    network = kfdiv.networks.mlp(latent_size, [], size)
    network.layers[-1].set_weights([kernel, bias])
    decoder = kfdiv.distributions.Normal(network, scale=scale)
    model = kfdiv.models.VAE(kfdiv.networks.mlp(size, [], 2 * latent_size), decoder)
    covariance = kernel.T @ kernel + scale**2 * np.eye(size)
    return model, stats.multivariate_normal(bias, covariance, seed=seed)


# As many temperatures as the pilot has, so that one trace does for both.
FEW = {"num_temperatures": 100, "num_chains": 50, "leapfrog_steps": 2, "jit_compile": False}


@functools.cache
def tiny():
    """A model and its sampling, which are traced once for all that does not ask for accuracy."""
    model, marginal = linear(1, 2, 0.5)
    sizes = {"num_chains": 4, "leapfrog_steps": 2, "batch_size": 4}
    return model, marginal, evaluation.AnnealedImportanceSampling(model, **(FEW | sizes))


def test_the_likelihood_is_that_of_the_marginal():
    model, marginal = linear(2, 3, 0.5)
    x = marginal.rvs(100)
    exact = marginal.logpdf(x)
    found = evaluation.AnnealedImportanceSampling(model, **FEW)(x)
    assert found.negative_log_likelihood.value == pytest.approx(-exact.mean(), abs=1e-2)
    # One by one, too: of 50 chains most count.
    assert (found.log_prob - exact).std() < 0.1
    assert found.effective_chains.mean() > 42
    assert 0.5 < found.acceptance.mean() < 0.8
    assert found.negative_log_likelihood.standard_error == pytest.approx(
        stats.sem(found.log_prob), rel=1e-6
    )


@pytest.mark.rehearsal
def test_a_decoder_far_sharper_than_the_prior_does_not_lose_the_chains():
    """The posterior is a twentieth of the prior wide; a schedule made for others is nats off."""
    model, marginal = linear(2, 4, 0.05)
    x = marginal.rvs(30)
    sizes = {"num_chains": 100, "leapfrog_steps": 5, "batch_size": 30}
    sampling = evaluation.AnnealedImportanceSampling(model, **(FEW | sizes))
    error = sampling(x).log_prob - marginal.logpdf(x)
    assert abs(error.mean()) < 0.1


def test_weights_are_unbiased_even_with_few_temperatures():
    """The mean of exp(log_prob) is p(x), however bad each estimate is."""
    model, marginal = linear(1, 2, 0.7)
    x = marginal.rvs(1)[None]
    sizes = {"num_temperatures": 5, "num_chains": 50, "leapfrog_steps": 2}
    sampling = evaluation.AnnealedImportanceSampling(
        model, **sizes, batch_size=400, jit_compile=False
    )
    found = sampling(np.repeat(x, 400, axis=0))
    ratios = np.exp(found.log_prob - marginal.logpdf(x))
    assert abs(ratios.mean() - 1) < 4 * stats.sem(ratios)
    assert stats.sem(ratios) < 0.02


def test_seeds_decide():
    _, marginal, plain = tiny()
    x = marginal.rvs(7)
    found = plain(x, seed=1).log_prob
    assert found.shape == (7,)
    np.testing.assert_array_equal(found, plain(x, seed=1).log_prob)
    assert np.abs(found - plain(x, seed=2).log_prob).min() > 1e-4


@pytest.mark.rehearsal  # To compile it takes longer than all its moves.
def test_the_compiler_does_not_matter():
    model, marginal, plain = tiny()
    x = marginal.rvs(7)
    sizes = {"num_chains": 4, "leapfrog_steps": 2, "batch_size": 4, "jit_compile": True}
    compiled = evaluation.AnnealedImportanceSampling(model, **(FEW | sizes))
    # Two hundred moves in single precision.
    np.testing.assert_allclose(plain(x, seed=1).log_prob, compiled(x, seed=1).log_prob, atol=0.02)


def test_it_sees_the_weights_as_they_are():
    model, marginal, sampling = tiny()
    x = marginal.rvs(4)
    before = sampling(x).log_prob.mean()
    bias = model.decoder.network.layers[-1].bias
    bias.assign_add([5.0, 5.0])
    after = sampling(x).log_prob.mean()
    bias.assign_sub([5.0, 5.0])
    assert after < before - 5


@pytest.mark.rehearsal
def test_spread_noise_gives_a_deterministic_decoder_its_density():
    network = kfdiv.networks.mlp(1, [], 2)
    network.layers[-1].set_weights([np.array([[1.5, -0.5]]), np.array([0.3, 0.1])])
    encoder = kfdiv.networks.mlp(2, [], 2)
    model = kfdiv.models.VariationalFDivergence(encoder, network, noise=0.5)
    covariance = np.outer([1.5, -0.5], [1.5, -0.5]) + 0.25 * np.eye(2)
    y = np.array([[0.0, 0.0], [2.0, -1.0]])
    sampling = evaluation.AnnealedImportanceSampling(
        model, **(FEW | {"num_chains": 200, "batch_size": 2})
    )
    exact = stats.multivariate_normal([0.3, 0.1], covariance).logpdf(y)
    np.testing.assert_allclose(sampling(y).log_prob, exact, atol=0.05)


def test_a_bernoulli_decoder_will_do():
    """By quadrature over the latent."""
    network = kfdiv.networks.mlp(1, [], 3)
    network.layers[-1].set_weights([np.array([[2.0, -1.0, 0.5]]), np.array([0.3, 0.0, -0.2])])
    decoder = kfdiv.distributions.Bernoulli(network)
    model = kfdiv.models.VAE(kfdiv.networks.mlp(3, [], 2), decoder)
    x = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    z = np.linspace(-10, 10, 4001)[:, None]
    logits = z @ [[2.0, -1.0, 0.5]] + [0.3, 0.0, -0.2]
    joint = np.prod(1 / (1 + np.exp(-(2 * x[:, None] - 1) * logits)), axis=-1)
    exact = np.log(np.trapezoid(joint * stats.norm.pdf(z[:, 0]), z[:, 0], axis=1))
    sampling = evaluation.AnnealedImportanceSampling(
        model, **(FEW | {"num_chains": 200, "batch_size": 2})
    )
    np.testing.assert_allclose(sampling(x).log_prob, exact, atol=0.03)


def test_the_transition_keeps_its_distribution():
    """Chains that start in N(m, s^2), the tempered posterior, stay in it."""
    z0 = np.random.default_rng(0).normal(size=(20_000, 1))
    # -z^2 / 2 - 0.5 * 4 (z - 1)^2 has precision 1 + 4 and is highest at 4 / 5.
    mean, scale = 0.8, np.sqrt(0.2)

    def at(z):
        return hamiltonian.evaluate(
            lambda z: -0.5 * tf.reduce_sum(z**2, -1),
            lambda z: -4.0 * tf.reduce_sum((z - 1.0) ** 2, -1),
            z,
        )

    state, beta, step = at(tf.constant(mean + scale * z0)), tf.constant(0.5, "float64"), 0.6
    moved = 0.0
    for index in range(20):
        state, accepted = hamiltonian.transition(
            at, state, beta, tf.constant(step, "float64"), 3, kfdiv.random.seed(0, "test", index)
        )
        moved += float(tf.reduce_mean(accepted)) / 20
    assert 0.3 < moved < 0.98
    test = stats.kstest(state.z.numpy()[:, 0], stats.norm(mean, scale).cdf)
    assert test.pvalue > 0.01
    assert stats.pearsonr(state.z.numpy()[:, 0], z0[:, 0]).statistic < 0.1


def test_what_it_cannot_do_is_refused():
    model, _ = linear(1, 2, 0.5)
    build = evaluation.AnnealedImportanceSampling
    with pytest.raises(ValueError, match="num_chains must be an integer of at least 2"):
        build(model, num_chains=1)
    with pytest.raises(ValueError, match="num_temperatures must be an integer"):
        build(model, num_temperatures=0)
    with pytest.raises(ValueError, match="jit_compile must be"):
        build(model, jit_compile="yes")
    with pytest.raises(ValueError, match=r"shape \(3, 4\), expected \(batch, 2\)"):
        build(model)(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="Received empty x"):
        build(model)(np.zeros((0, 2)))
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    critic = kfdiv.networks.mlp(2, [4], 1)
    with pytest.raises(ValueError, match="Deterministic has no density"):
        build(kfdiv.models.FGAN(generator, critic))


def test_weights_are_those_of_the_mean():
    _, marginal, sampling = tiny()
    x, weight = marginal.rvs(9), np.arange(9) % 3
    kept = weight > 0
    found = sampling(x, sample_weight=weight)
    np.testing.assert_array_equal(found.log_prob, sampling(x[kept]).log_prob)
    value, error = found.negative_log_likelihood
    assert value == pytest.approx(np.average(-found.log_prob, weights=weight[kept]))
    assert error == evaluation.Estimate.of(-found.log_prob, weight[kept]).standard_error
