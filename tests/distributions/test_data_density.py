"""Densities of the data that are known, or yet to be met."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import kfdiv
from kfdiv.distributions import GaussianMixture, NoisedData, get_data_density


def test_gaussian_mixture_against_scipy_with_and_without_noise() -> None:
    density = GaussianMixture([3.0, 7.0], [[1.0, 0.0], [2.0, -1.0]], [0.1, 0.5])
    y = np.random.default_rng(0).normal(size=(50, 2))
    for width in (None, 0.3):
        scales = np.hypot([0.1, 0.5], width or 0.0)
        exact = sum(
            weight * stats.multivariate_normal(mean, scale**2).pdf(y)
            for weight, mean, scale in zip([0.3, 0.7], density.means, scales, strict=True)
        )
        value = density.log_prob(tf.constant(y), width).numpy()
        np.testing.assert_allclose(value, np.log(exact), rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [0.0, 1.0], [1.0]), "one entry for each component"),
        (([1.0, -1.0], [0.0, 1.0], [1.0, 1.0]), "weights must be positive"),
        (([1.0], [0.0], [0.0]), "scales must be positive"),
        (([1.0], [0.0], [float("inf")]), "scales must be positive"),
        (([1.0], [float("nan")], [1.0]), "means must be finite"),
    ],
)
def test_gaussian_mixture_refuses(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(*arguments)


@pytest.mark.parametrize(
    "identifier", ["exact", {"mode": "pca", "components": 2}, GaussianMixture([1.0], [0.0], [1.0])]
)
def test_densities_survive_serialisation(identifier: object) -> None:
    density = get_data_density(identifier)
    config = keras.saving.serialize_keras_object(density)
    assert get_data_density(config).get_config() == density.get_config()


def test_noised_data_must_be_met_first() -> None:
    density = NoisedData("exact")
    with pytest.raises(ValueError, match="has not met its data"):
        density.log_prob(tf.zeros((1, 2)), 1.0)
    with pytest.raises(ValueError, match="exakt"):
        NoisedData("exakt")


def test_prior_is_standard_normal() -> None:
    prior = kfdiv.distributions.StandardNormal(3)
    z = prior.draw(4_000, kfdiv.random.seed(0, "prior")).numpy()
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-3
    np.testing.assert_allclose(
        prior.distribution().log_prob(z), stats.norm.logpdf(z).sum(axis=1), rtol=1e-5
    )
    with pytest.raises(ValueError, match="positive integer"):
        kfdiv.distributions.StandardNormal(0)


def test_gaussian_mixture_under_a_width_for_each_dimension() -> None:
    density = GaussianMixture([0.4, 0.6], [[0.0, 1.0], [2.0, -1.0]], [0.3, 0.7])
    width, y = np.array([0.2, 1.5]), np.array([[0.5, 0.1], [1.0, -2.0]])
    expected = [
        np.log(
            sum(
                weight * stats.norm(mean, np.hypot(scale, width)).pdf(point).prod()
                for weight, mean, scale in [(0.4, [0.0, 1.0], 0.3), (0.6, [2.0, -1.0], 0.7)]
            )
        )
        for point in y
    ]
    found = density.log_prob(tf.constant(y), tf.constant(width))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
