"""Counts of modes, against what is known of multinomial and Gaussian draws."""

import numpy as np
import pytest
from scipy import stats

from kfdiv import evaluation
from kfdiv.data import Info


def mixture(modes, scale, weights=None):
    return Info("mixture", modes=np.asarray(modes, float), scale=scale, weights=weights)


def test_a_perfect_generator_scores_what_few_samples_cost():
    """Twice the KL times the samples is a chi-squared of one degree less than there are modes."""
    rng = np.random.default_rng(0)
    found = [
        evaluation.mode_coverage(rng.integers(1000, size=26_000), np.ones(1000)) for _ in range(20)
    ]
    assert all(coverage.covered == 1000 for coverage in found)
    assert np.mean([c.reverse_kl for c in found]) == pytest.approx(999 / 52_000, rel=0.05)


def test_reverse_kl_is_scipy_s():
    weights = np.array([10_000, 500, 10_000, 500, 3])
    labels = np.repeat(np.arange(5), [70, 1, 20, 9, 0])
    coverage = evaluation.mode_coverage(labels, weights)
    expected = stats.entropy([70, 1, 20, 9, 0], weights)
    assert coverage.reverse_kl == pytest.approx(expected, rel=1e-12)
    assert coverage.counts.tolist() == [70, 1, 20, 9, 0]
    assert coverage.covered == 4
    assert evaluation.mode_coverage(labels, weights, least=9).covered == 3


def test_samples_of_no_mode_are_counted_apart():
    coverage = evaluation.mode_coverage([-1, 0, -1, 1], [1.0, 1.0])
    assert coverage.figures() == {"covered": 2.0, "reverse_kl": 0.0, "unassigned": 2.0}
    nothing = evaluation.mode_coverage([-1, -1], [1.0, 1.0])
    assert (nothing.covered, nothing.reverse_kl, nothing.unassigned) == (0, np.inf, 2)


@pytest.mark.parametrize("scale", [0.3, [0.1, 0.3, 0.5], [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]])
def test_the_likeliest_mode_is_that_of_the_densities(scale):
    modes, weights = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.5]]), np.array([0.7, 0.1, 0.2])
    samples = np.random.default_rng(0).uniform(-2, 3, size=(500, 2))
    scales = np.broadcast_to(np.reshape(scale, (3, -1) if np.ndim(scale) else ()), (3, 2))
    scores = [
        np.log(w) + stats.multivariate_normal(m, np.diag(s**2)).logpdf(samples)
        for w, m, s in zip(weights, modes, scales, strict=True)
    ]
    info = mixture(modes, np.asarray(scale) if np.ndim(scale) else scale, weights)
    labels = evaluation.likeliest_mode(samples, info)
    np.testing.assert_array_equal(labels, np.argmax(scores, axis=0))
    assert set(labels) == {0, 1, 2}


def test_three_scales_hold_what_the_chi_distribution_says_and_junk_gets_no_mode():
    info = mixture([[0.0, 0.0], [2.0, 0.0]], 0.3)
    rng = np.random.default_rng(0)
    samples = info.modes[rng.integers(2, size=200_000)] + 0.3 * rng.normal(size=(200_000, 2))
    labels = evaluation.mode_within(samples, info)
    assert (labels == -1).mean() == pytest.approx(stats.chi2(2).sf(9.0), rel=0.05)
    junk = np.array([[1.0, 0.0], [0.0, 0.91], [0.0, -0.89]])
    assert evaluation.mode_within(junk, info).tolist() == [-1, -1, 0]
    assert evaluation.mode_within(junk, info, radius=10 / 3).tolist()[0] >= 0
    assert (evaluation.likeliest_mode(junk, info) >= 0).all()


def test_modes_may_be_images():
    info = mixture(np.stack([np.zeros((4, 4, 1)), np.ones((4, 4, 1))]), 0.1)
    assert evaluation.likeliest_mode(np.full((2, 4, 4, 1), 0.9), info).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluation.mode_coverage([0], [1.0, 0.0]), "positive numbers"),
        (lambda: evaluation.mode_coverage([2], [1.0, 1.0]), "from -1 .* to 1, but go from 2"),
        (lambda: evaluation.mode_coverage([-2], [1.0, 1.0]), "go from -2"),
        (lambda: evaluation.mode_coverage([0.0], [1.0, 1.0]), "vector of integers"),
        (lambda: evaluation.mode_coverage([0], [1.0, 1.0], least=0), "least must be"),
        (lambda: evaluation.mode_within([[0.0]], Info("digits")), "'digits' has no known modes"),
        (
            lambda: evaluation.likeliest_mode([[0.0]], mixture(np.zeros((2, 3)), 1.0)),
            r"shape \(samples, 3\).*got \(1, 1\)",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
