"""Divergences by quadrature on the line and in the plane, against closed forms and scipy."""

import numpy as np
import pytest
from scipy import integrate, stats

from kfdiv import evaluation

PLANE = ((-14.0, 14.0), (-13.0, 15.0))


def gaussians():
    """Two Gaussians in the plane, correlated and apart."""
    p = stats.multivariate_normal([0.5, -0.3], [[1.0, 0.4], [0.4, 0.7]])
    q = stats.multivariate_normal([-0.4, 0.6], [[1.3, -0.5], [-0.5, 0.9]])
    return p, q


def kl(p, q):
    inverse, shift = np.linalg.inv(q.cov), q.mean - p.mean
    log_det = np.linalg.slogdet(q.cov)[1] - np.linalg.slogdet(p.cov)[1]
    return 0.5 * (np.trace(inverse @ p.cov) + shift @ inverse @ shift - len(shift) + log_det)


def test_kl_and_reverse_kl_have_closed_forms():
    p, q = gaussians()
    found = evaluation.divergence_2d("kl", p.logpdf, q.logpdf, PLANE, 201)
    assert found == pytest.approx(kl(p, q), rel=1e-9)
    found = evaluation.divergence_2d("rkl", p.logpdf, q.logpdf, PLANE, 201)
    assert found == pytest.approx(kl(q, p), rel=1e-9)
    assert kl(p, q) != pytest.approx(kl(q, p), rel=0.05)


def test_squared_hellinger_has_a_closed_form():
    p, q = gaussians()
    middle, shift = (p.cov + q.cov) / 2, p.mean - q.mean
    determinants = [np.linalg.det(matrix) for matrix in (p.cov, q.cov, middle)]
    affinity = (determinants[0] * determinants[1]) ** 0.25 / determinants[2] ** 0.5
    affinity *= np.exp(-shift @ np.linalg.solve(middle, shift) / 8)
    found = evaluation.divergence_2d("squared_hellinger", p.logpdf, q.logpdf, PLANE, 201)
    assert found == pytest.approx(2 * (1 - affinity), rel=1e-9)


def test_a_product_of_densities_is_a_sum_on_the_line():
    """KL adds over independent coordinates, and scipy knows the line."""
    p, q = stats.laplace(0.0, 1.0), stats.norm(0.5, 1.5)

    def log_p(x):
        return p.logpdf(x[..., 0]) + stats.norm.logpdf(x[..., 1])

    def log_q(x):
        return q.logpdf(x[..., 0]) + stats.norm.logpdf(x[..., 1])

    expected, _ = integrate.quad(
        lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -30, 30, points=[0.0]
    )
    found = evaluation.divergence_2d("kl", log_p, log_q, ((-30, 30), (-9, 9)), 2_001)
    assert found == pytest.approx(expected, rel=1e-3)  # Laplace has a corner.
    line = evaluation.divergence_1d("kl", p.logpdf, q.logpdf, (-30, 30))
    assert line == pytest.approx(expected, rel=1e-6)


def test_densities_that_do_not_meet_are_log_2_apart():
    p, q = (stats.multivariate_normal([x, 0.0], np.eye(2)) for x in (-100.0, 100.0))
    box = ((-110.0, 110.0), (-8.0, 8.0))
    found = evaluation.divergence_2d("js", p.logpdf, q.logpdf, box, 1_001)
    assert found == pytest.approx(np.log(2), rel=1e-9)


@pytest.mark.parametrize("divergence", ["kl", "rkl", "js"])
def test_the_nearest_gaussian_to_a_gaussian_is_itself(divergence):
    p, _ = gaussians()
    starts = [(np.zeros(2), np.eye(2))]
    found = evaluation.best_gaussian_2d(divergence, p.logpdf, PLANE, starts, points=121)
    np.testing.assert_allclose(found.mean, p.mean, atol=1e-3)
    np.testing.assert_allclose(found.covariance, p.cov, atol=2e-3)
    assert found.divergence == pytest.approx(0.0, abs=1e-6)


def test_by_forward_kl_the_nearest_gaussian_has_the_moments():
    p, q = gaussians()

    def log_p(x):
        return np.logaddexp(p.logpdf(x), q.logpdf(x)) - np.log(2)

    starts = [(p.mean, p.cov)]
    found = evaluation.best_gaussian_2d("kl", log_p, PLANE, starts, points=121)
    np.testing.assert_allclose(found.mean, (p.mean + q.mean) / 2, atol=1e-4)
    shift = (p.mean - q.mean) / 2
    covariance = (p.cov + q.cov) / 2 + np.outer(shift, shift)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-3)
    # The value that is returned is that of the parameters that are returned.
    best = stats.multivariate_normal(found.mean, found.covariance)
    exact = evaluation.divergence_2d("kl", log_p, best.logpdf, PLANE, 301)
    assert found.divergence == pytest.approx(exact, rel=1e-6)


def test_the_best_of_several_starts_wins():
    """Of two modes far apart reverse KL takes the heavier, unless it starts at the other alone."""
    means, weights = np.array([[-4.0, 0.0], [4.0, 0.0]]), np.array([0.3, 0.7])
    modes = [stats.multivariate_normal(mean, 0.5 * np.eye(2)) for mean in means]

    def log_p(x):
        return np.logaddexp(
            *(np.log(w) + mode.logpdf(x) for w, mode in zip(weights, modes, strict=True))
        )

    box = ((-12.0, 12.0), (-8.0, 8.0))
    starts = [(mode.mean, mode.cov) for mode in modes]
    local = evaluation.best_gaussian_2d("rkl", log_p, box, starts[:1], points=121)
    best = evaluation.best_gaussian_2d("rkl", log_p, box, starts, points=121)
    assert local.divergence == pytest.approx(-np.log(0.3), abs=1e-3)
    assert best.divergence == pytest.approx(-np.log(0.7), abs=1e-3)
    assert best.mean[0] == pytest.approx(4.0, abs=1e-2)


@pytest.mark.parametrize("support", [(-1, 1), ((-1, 1), (2, -2)), ((0, 1, 2), (3, 4, 5))])
def test_a_support_that_is_no_rectangle_is_refused(support):
    p, q = gaussians()
    with pytest.raises(ValueError, match=r"left < right and bottom < top"):
        evaluation.divergence_2d("kl", p.logpdf, q.logpdf, support)
