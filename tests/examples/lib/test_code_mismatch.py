"""The Gaussian part of KL(q(z) || N(0, I)) is below it, and is it where q(z) is Gaussian."""

import numpy as np
import pytest
import tensorflow_probability as tfp
from scipy import integrate, stats

import kfdiv
from examples.lib import code_mismatch


def test_it_is_the_kl_of_the_gaussian_of_the_codes_moments():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(50, 3)) @ rng.normal(size=(3, 3)) + [1.0, 0.0, -2.0]
    tfd = tfp.distributions
    fitted = tfd.MultivariateNormalFullCovariance(
        codes.mean(axis=0), np.cov(codes, rowvar=False, ddof=1)
    )
    expected = fitted.kl_divergence(tfd.MultivariateNormalDiag(np.zeros(3), np.ones(3)))
    assert code_mismatch.gaussian_part(codes) == pytest.approx(float(expected), rel=1e-9)


def test_it_is_below_the_kl_of_a_mixture():
    """Two narrow modes of moments 0 and 1: the Gaussian part alone does not see them."""
    narrow = 0.3
    mode = np.sqrt(1 - narrow**2)

    def density(z):
        return 0.5 * (stats.norm.pdf(z, mode, narrow) + stats.norm.pdf(z, -mode, narrow))

    true, _ = integrate.quad(
        lambda z: density(z) * np.log(density(z) / stats.norm.pdf(z)), -5, 5, points=[-mode, mode]
    )
    rng = np.random.default_rng(1)
    codes = rng.choice([-mode, mode], size=(100_000, 1)) + narrow * rng.normal(size=(100_000, 1))
    assert abs(code_mismatch.gaussian_part(codes)) < 1e-3 < 0.4 < true


@pytest.mark.rehearsal
def test_codes_of_an_implicit_encoder_are_compared():
    noisy = kfdiv.networks.implicit_encoder(kfdiv.networks.mlp(3, [], 2), 2, units=3)
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(2, [], 3), scale=1.0)
    critic = kfdiv.networks.joint_critic(3, 2, (4,))
    model = kfdiv.models.AVB(kfdiv.distributions.Implicit(noisy), decoder, critic)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    found = code_mismatch.figures(model, x, steps=1)
    codes = model.encode(x, seed=0).numpy().astype("float64")
    assert found["gaussian_part"] == pytest.approx(code_mismatch.gaussian_part(codes), rel=1e-6)
    assert found["ratio_se"] > 0
