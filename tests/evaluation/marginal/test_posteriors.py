"""Draws of the aggregate posterior, and the average KL of the posteriors."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import stats

import kfdiv
from kfdiv.evaluation.marginal import Posteriors, posteriors
from tests.evaluation.marginal.support import Laplace, linear, normals, with_encoder

X = np.array([[-3.0], [0.0], [4.0], [9.0]], "float32")
WEIGHT = np.array([1, 0, 5, 2])


class Diagonal(kfdiv.distributions.Normal):
    """The same Gaussian under another name."""

    def distribution(self, inputs, training=None):
        return tfp.distributions.MultivariateNormalDiag(*self(inputs, training=training))


@pytest.mark.parametrize("kind", [kfdiv.distributions.Normal, Diagonal, Laplace])
def test_draws_are_of_examples_by_their_weights(monkeypatch, kind) -> None:
    monkeypatch.setattr(posteriors, "_DRAWS", 3_000)
    known = linear(1, 2, scale=0.01)
    encoder = kind(known.model.encoder.network, scale=0.01)
    found = Posteriors(with_encoder(known, encoder), (X, None, WEIGHT))
    assert len(found) == 3
    assert found.gaussian == (kind is not Laplace)
    parts = list(found.draws(8_000, seed=1, tag="test"))
    assert [part.z.shape[0] for part in parts] == [3_000, 3_000, 2_000]
    z, log_prior, log_posterior = (np.concatenate(part) for part in zip(*parts, strict=True))
    means = known.means(X)
    nearest = np.argmin(np.square(z[:, None] - means).sum(axis=2), axis=1)
    shares = np.bincount(nearest, minlength=4) / 8_000
    np.testing.assert_allclose(shares, WEIGHT / 8, atol=0.02)
    law = stats.laplace if kind is Laplace else stats.norm
    assert stats.kstest(((z - means[nearest]) / 0.01).ravel(), law.cdf).pvalue > 1e-3
    np.testing.assert_allclose(log_prior, stats.norm.logpdf(z).sum(axis=1), rtol=1e-5)
    expected = law.logpdf(z, means[nearest], 0.01).sum(axis=1)
    np.testing.assert_allclose(log_posterior, expected, atol=1e-2)


def test_draws_follow_seed_and_tag() -> None:
    found = Posteriors(linear(1, 2, scale=0.5).model, X)
    draws = [
        next(found.draws(5, *key)).z.numpy() for key in ((0, "a"), (0, "a"), (1, "a"), (0, "b"))
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert np.all(draws[0] != draws[2])
    assert np.all(draws[0] != draws[3])


def test_the_average_kl_is_exact_where_it_has_a_closed_form() -> None:
    known = linear(1, 2, scale=0.5)
    exact = Posteriors(known.model, (X, None, WEIGHT)).average_kl()
    assert exact.value == pytest.approx(known.average_kl(X, WEIGHT), rel=1e-6)
    assert exact.standard_error == 0
    encoder = Laplace(known.model.encoder.network, scale=0.5)
    assert Posteriors(with_encoder(known, encoder), X).average_kl() is None


def test_entropy_is_that_of_the_weights() -> None:
    model = linear(1, 2, scale=0.5).model
    assert Posteriors(model, X).entropy == pytest.approx(np.log(4))
    found = Posteriors(model, (X, None, WEIGHT)).entropy
    assert found == pytest.approx(stats.entropy(WEIGHT))


def test_an_encoder_without_a_density_is_drawn_from_all_the_same() -> None:
    encoder = kfdiv.distributions.Deterministic(kfdiv.networks.mlp(1, [], 2))
    found = Posteriors(with_encoder(linear(1, 2, scale=0.5), encoder), normals(5, 1))
    draws = next(found.draws(4, 0, "test"))
    assert draws.log_posterior is None
    assert found.average_kl() is None
    codes = encoder.mean(tf.constant(found.rows))
    assert np.abs(draws.z[:, None] - codes).sum(axis=2).min(axis=1).max() < 1e-6
