"""log q(z) over a whole data set, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from kfdiv.evaluation.marginal import LogMixture, Posteriors, log_mixture
from tests.evaluation.marginal.support import Laplace, linear, normals, with_encoder

SIZE = 3
X = normals(37, 4, seed=1).astype("float32")
Z = tf.constant(normals(23, SIZE, seed=2), "float32")


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_mixture_whatever_the_blocks(monkeypatch, weighted) -> None:
    """Blocks that divide neither the data nor the draws, and one that holds all."""
    known = linear(4, SIZE, scale=0.4)
    weight = np.arange(37) % 4 if weighted else None
    posteriors = Posteriors(known.model, (X, None, weight))
    expected = known.log_q(Z.numpy().astype("float64"), X, weight)
    for cells, batch_size in ((80, 8), (2**21, 2048)):
        monkeypatch.setattr(log_mixture, "_CELLS", cells)
        found = LogMixture(posteriors, batch_size)(Z)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected, atol=2e-5)


def test_where_posteriors_are_narrow_it_is_computed_in_double_precision() -> None:
    known = linear(4, SIZE, scale=1e-3)
    posteriors = Posteriors(known.model, X)
    z = next(posteriors.draws(50, 0, "test")).z
    found = LogMixture(posteriors)(z)
    # Of what single precision made of means and draws, exactly.
    location, scale = np.split(posteriors.rows.astype("float64"), 2, axis=1)
    parts = stats.norm.logpdf(z.numpy()[:, None], location, scale).sum(axis=2)
    expected = special.logsumexp(parts, axis=1) - np.log(37)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    single = np.float32(location - location.mean(axis=0)) / np.float32(scale)
    assert np.finfo("float32").eps * np.square(single).sum(axis=1).max() > 0.5


def test_posteriors_that_are_no_gaussians_are_asked_for_their_densities(monkeypatch) -> None:
    known = linear(4, SIZE, scale=0.4)
    encoder = Laplace(known.model.encoder.network, scale=0.4)
    posteriors = Posteriors(with_encoder(known, encoder), (X, None, np.arange(1, 38)))
    assert not posteriors.gaussian
    means = known.means(X)
    parts = stats.laplace.logpdf(Z.numpy()[:, None], means, 0.4).sum(axis=2)
    expected = special.logsumexp(parts, axis=1, b=np.arange(1, 38) / np.sum(np.arange(1, 38)))
    monkeypatch.setattr(log_mixture, "_CELLS", 90)
    np.testing.assert_allclose(LogMixture(posteriors, 8)(Z), expected, atol=2e-5)
