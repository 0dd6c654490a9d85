"""The mixtures that Gaussians are fitted to, against SciPy."""

import numpy as np
import pytest
from scipy import stats

import kfdiv
from examples.lib import plane_gaussian
from examples.lib.line_mixture import LineMixture
from examples.lib.plane_mixture import PlaneMixture

LINE = LineMixture([0.3, 0.7], [1.0, 2.0], [0.1, 0.5])


def test_the_density_on_the_line():
    x = np.linspace(-1, 4, 7)
    density = 0.3 * stats.norm(1, 0.1).pdf(x) + 0.7 * stats.norm(2, 0.5).pdf(x)
    np.testing.assert_allclose(np.exp(LINE.log_prob(x)), density, rtol=1e-12)
    assert (LINE.mean, LINE.std) == pytest.approx((1.7, 0.6228965))


def test_the_entropy_on_the_line():
    alone = LineMixture([1.0], [3.0], [0.2])
    assert alone.mean_log_prob() == pytest.approx(-stats.norm(3, 0.2).entropy(), rel=1e-9)


def test_the_data_on_the_line_are_standardised():
    x = np.concatenate([batch for batch, _ in LINE.dataset(1_000, seed=0, num_examples=20_000)])
    assert (x.mean(), x.std()) == pytest.approx((0, 1), abs=0.02)


PLANE = PlaneMixture([[-2.0, 0.0], [2.0, 1.0]], [[[1.0, 0.5], [0.5, 1.0]], np.eye(2)])


def test_the_density_in_the_plane():
    x = np.array([[[0.0, 0.0], [-2.0, 0.5]]])
    first = stats.multivariate_normal([-2, 0], [[1, 0.5], [0.5, 1]])
    second = stats.multivariate_normal([2, 1], np.eye(2))
    density = (first.pdf(x) + second.pdf(x)) / 2
    np.testing.assert_allclose(np.exp(PLANE.log_prob(x)), density, rtol=1e-12)


def test_draws_in_the_plane_have_the_moments_that_starts_say():
    x = PLANE.draw(100_000, seed=0)
    (mean, covariance), *components = PLANE.starts()
    np.testing.assert_allclose(x.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(x.T), covariance, atol=0.05)
    assert [mean.tolist() for mean, _ in components] == [[-2, 0], [2, 1]]


def test_a_generator_has_the_moments_that_it_was_given():
    mean, covariance = np.array([1.0, -2.0]), np.array([[2.0, 0.6], [0.6, 0.5]])
    model = plane_gaussian.build(kfdiv.models.FGAN, 0, mean, covariance)
    for found, expected in zip(plane_gaussian.moments(model), (mean, covariance), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    x = model.sample(20_000).numpy()
    np.testing.assert_allclose(np.cov(x.T), covariance, atol=0.05)
