"""The mixture of diagonal Gaussians, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from kfdiv import flows
from tests.flows.support import normals, randomize


def test_log_prob_is_the_mixture_s() -> None:
    mixture = randomize(flows.DiagonalMixture(3, components=4, dtype="float64"))
    x = normals(6, 3)
    scales = np.exp(mixture.log_scales)
    parts = stats.norm.logpdf(x[:, None], np.asarray(mixture.means), scales).sum(axis=2)
    expected = special.logsumexp(parts + special.log_softmax(mixture.logits), axis=1)
    np.testing.assert_allclose(mixture.log_prob(x), expected, rtol=1e-12)


def test_samples_have_the_mixture_s_moments() -> None:
    mixture = randomize(flows.DiagonalMixture((2, 1), components=3, dtype="float64"))
    samples = np.reshape(mixture.sample(20_000, seed=1), [-1, 2])
    weights = special.softmax(mixture.logits)
    means, variances = np.asarray(mixture.means), np.exp(2 * np.asarray(mixture.log_scales))
    mean = weights @ means
    variance = weights @ (variances + means**2) - mean**2
    np.testing.assert_allclose(samples.mean(axis=0), mean, atol=0.05)
    np.testing.assert_allclose(samples.var(axis=0), variance, rtol=0.05)
    np.testing.assert_array_equal(np.reshape(mixture.sample(9, seed=1), [-1, 2]).shape, (9, 2))


def test_adapted_its_means_are_examples_and_its_scales_scott_s() -> None:
    mixture = flows.DiagonalMixture(2, components=5, dtype="float64")
    assert not mixture.adapted
    x = normals(30, 2) * [1.0, 0.0] + [0.0, 3.0]
    weight = np.arange(30) % 3
    mixture.adapt((x, (), weight))
    assert mixture.adapted
    assert {tuple(mean) for mean in np.asarray(mixture.means)} <= set(map(tuple, x[weight > 0]))
    assert len(np.unique(mixture.means, axis=0)) == 5
    spread = np.sqrt(np.cov(x[:, 0], fweights=weight, ddof=0))
    expected = np.tile([spread * 5 ** (-1 / 6), 1.0], [5, 1])
    np.testing.assert_allclose(np.exp(mixture.log_scales), expected)


@pytest.mark.parametrize(
    ("x", "message"),
    [(np.zeros((0, 2)), "no examples"), (np.full((3, 2), np.nan), "NaN or infinite")],
)
def test_data_that_it_cannot_adapt_to_are_refused(x, message) -> None:
    with pytest.raises(ValueError, match=message):
        flows.DiagonalMixture(2).adapt(x)
