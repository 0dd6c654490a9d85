"""Affine Gaussians against quadrature, mpmath's arithmetic and their own draws."""

import math

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

from examples.lib.affine_gaussian import AffineGaussian


def test_the_covariance_is_of_full_rank_with_ten_latents_a_dimension_and_not_with_a_tenth():
    wide, narrow = (AffineGaussian.random(20, latents, seed=0) for latents in (200, 2))
    assert np.linalg.matrix_rank(wide.covariance) == 20
    assert np.linalg.matrix_rank(narrow.covariance) == 2
    assert math.isfinite(wide.kl(AffineGaussian.random(20, 200, seed=1)))
    assert narrow.kl(wide) == wide.kl(narrow) == math.inf


def test_kl_on_the_line_is_that_of_quadrature():
    p, q = AffineGaussian([[0.5], [0.3]], [1.0]), AffineGaussian([[-2.0]], [0.0])
    log_p, log_q = stats.norm(1.0, math.hypot(0.5, 0.3)).logpdf, stats.norm(0.0, 2.0).logpdf
    truth, _ = integrate.quad(lambda x: math.exp(log_p(x)) * (log_p(x) - log_q(x)), -8, 10)
    assert p.kl(q) == pytest.approx(truth, rel=1e-9)


def test_kl_is_that_of_the_textbook_in_forty_digits():
    p, q = (AffineGaussian.random(4, 6, seed) for seed in (0, 1))
    with mpmath.workdps(40):
        (w, b), (v, c) = (
            (mpmath.matrix(law.weights.tolist()), mpmath.matrix(law.mean.tolist()))
            for law in (p, q)
        )
        mine, its = w.T * w, v.T * v
        inverse, shift = its**-1, b - c
        product = inverse * mine
        trace = sum(product[i, i] for i in range(4))
        quadratic = (shift.T * inverse * shift)[0]
        logs = mpmath.log(mpmath.det(its) / mpmath.det(mine))
        truth = float((trace + quadratic - 4 + logs) / 2)
    assert p.kl(q) == pytest.approx(truth, rel=1e-12)
    assert p.kl(p) == pytest.approx(0.0, abs=1e-14)


def test_kl_of_what_is_not_finite_is_not_a_number_and_of_what_is_too_large_infinite():
    good = AffineGaussian([[1.0]], [0.0])
    assert math.isnan(good.kl(AffineGaussian([[math.nan]], [0.0])))
    assert math.isnan(AffineGaussian([[1.0]], [math.inf]).kl(good))
    assert AffineGaussian([[1.0]], [1e200]).kl(good) == math.inf


def test_the_square_law_is_the_same():
    law = AffineGaussian.random(3, 30, seed=0)
    square = law.square()
    assert square.weights.shape == (3, 3)
    np.testing.assert_allclose(square.covariance, law.covariance, rtol=1e-12)
    np.testing.assert_array_equal(square.mean, law.mean)


def test_every_step_has_draws_of_its_own_from_the_law():
    law = AffineGaussian.random(2, 20, seed=0)
    first, second = law.dataset(20_000, seed=0).stream.batches(0).take(2)
    assert not np.allclose(first, second)
    np.testing.assert_allclose(np.mean(first, axis=0), law.mean, atol=0.03)
    np.testing.assert_allclose(np.cov(np.transpose(second)), law.covariance, atol=0.05)
