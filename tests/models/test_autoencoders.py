"""Adversarial autoencoders' losses on hand-made outputs of the critics, against the equations."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models.autoencoder_scores import Scores
from kfdiv.models.expectation import Expectation
from tests.models import contract

EAGER = contract.MODES["eager"]
# Raw outputs: the code critic's of prior and codes, the data critic's of data, of reconstructions
# and of samples; and |x - G(z)|.
VALUES = {
    "prior": [0.3, -1.2, 2.0],
    "code": [-0.4, 0.9, 1.5],
    "data": [1.1, -0.2, 0.7],
    "reconstruction": [0.6, -2.0, 0.1],
    "sample": [-0.8, 0.2, 3.0],
}
SCORES = Scores(**{name: tf.constant(v, tf.float64) for name, v in VALUES.items()})
DISTANCE = np.array([1.0, 0.5, 2.5])
WEIGHTS = {"encoder_weight": 5.0, "decoder_weight": 10.0, "code_weight": 0.5, "data_weight": 2.0}


def log_probability(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return log D and log(1 - D) of a critic's outputs."""
    v = np.array(VALUES[name])
    return np.log(1.0 / (1.0 + np.exp(-v))), np.log(1.0 - 1.0 / (1.0 + np.exp(-v)))


def log_odds_against(name: str) -> np.ndarray:
    """Return R(.) = -log D + log(1 - D)."""
    positive, negative = log_probability(name)
    return -positive + negative


def losses(name: str, **options: float) -> dict[str, Expectation]:
    model = contract.build(name, **options, **EAGER)
    distance = tf.constant(DISTANCE)
    return model.critic_losses(SCORES) | model.autoencoder_losses(SCORES, distance)


def check(found: Expectation, data: np.ndarray, model: np.ndarray | None = None) -> None:
    np.testing.assert_allclose(found.data, data, rtol=1e-12)
    if model is None:
        assert found.model is None
    else:
        np.testing.assert_allclose(found.model, model, rtol=1e-12)


@pytest.mark.parametrize("name", ["aae", "aae_plus_plus", "aae_gan"])
def test_code_critic_tells_the_prior_from_codes(name: str) -> None:
    """Eq. 13."""
    found = losses(name)["code_critic"]
    check(found, -log_probability("code")[1], -log_probability("prior")[0])


def test_aae() -> None:
    found = losses("aae")
    assert set(found) == {"code_critic", "encoder", "decoder"}
    check(found["encoder"], DISTANCE + log_odds_against("code"))
    check(found["decoder"], DISTANCE)


def test_aae_plus_plus() -> None:
    """Algorithm 4 without what it has of samples."""
    found = losses("aae_plus_plus", **WEIGHTS)
    again = -log_probability("reconstruction")[1]
    check(found["data_critic"], -log_probability("data")[0] + again)
    check(found["encoder"], 5.0 * DISTANCE + 0.5 * log_odds_against("code"))
    check(found["decoder"], 10.0 * DISTANCE + 2.0 * log_odds_against("reconstruction"))


def test_aae_gan() -> None:
    """Algorithm 4, data counted twice."""
    found = losses("aae_gan", **WEIGHTS)
    again, sample = (-log_probability(name)[1] for name in ("reconstruction", "sample"))
    check(found["data_critic"], -2.0 * log_probability("data")[0] + again, sample)
    check(found["encoder"], 5.0 * DISTANCE + 0.5 * log_odds_against("code"))
    check(
        found["decoder"],
        10.0 * DISTANCE + 2.0 * log_odds_against("reconstruction"),
        2.0 * log_odds_against("sample"),
    )


def test_what_the_critics_see() -> None:
    """Scores are of the draws that they are named for; the distance is the sum over entries."""
    model = contract.build("aae_gan", **EAGER)
    x = contract.batch()
    batch, seed = model.batch(x), model.draw_seed("test")
    draws = model.draws(batch, seed, training=False)
    scores = model.scores(batch, draws, seed, training=False)
    mean = model.decoder.distribution(draws.prior).mean()
    code = model.encoder.distribution(x)
    assert float(tf.reduce_max(tf.abs((draws.code - code.mean()) / code.stddev()))) < 5.0
    np.testing.assert_allclose(scores.code, model.code_critic(draws.code)[:, 0], rtol=1e-6)
    np.testing.assert_allclose(scores.prior, model.code_critic(draws.prior)[:, 0], rtol=1e-6)
    np.testing.assert_allclose(scores.data, model.data_critic(x)[:, 0], rtol=1e-6)
    again = draws.reconstruction
    np.testing.assert_allclose(scores.reconstruction, model.data_critic(again)[:, 0], rtol=1e-6)
    # Samples are draws of p(x|z) at the prior's z, of scale 0.5.
    noise = tf.random.stateless_normal([4_000, *mean.shape], [0, 1]) * 0.5
    many = model.data_critic(tf.reshape(mean + noise, [-1, contract.EVENT]))
    assert float(tf.reduce_min(many)) < float(tf.reduce_min(scores.sample))
    assert float(tf.reduce_max(scores.sample)) < float(tf.reduce_max(many))
    distance = np.abs(x.numpy() - again.numpy()).sum(-1)
    np.testing.assert_allclose(model.distance(batch, draws), distance, rtol=1e-6)


def test_figures_are_of_codes_and_never_called_a_bound_of_data() -> None:
    model = contract.build("aae", **EAGER)
    figures = model.evaluate(contract.examples(), verbose=0, return_dict=True)
    assert set(figures) == {
        "code_lower_bound",
        "code_lower_bound_se",
        "loss",
        "reconstruction_loss",
    }
    assert figures["code_lower_bound"] < np.log(2.0)
    with pytest.raises(ValueError, match="A critic of codes says nothing of KL"):
        model.evaluate(contract.examples(), divergence="kl")


def test_networks_of_the_wrong_shape_are_named() -> None:
    parts = contract.networks("aae_gan")
    wrong = kfdiv.networks.mlp((contract.EVENT,), [4], 1)
    with pytest.raises(ValueError, match=r"The code_critic takes inputs of shapes \[\(3,\)\], but"):
        contract.construct("aae_gan", parts | {"code_critic": wrong})
    with pytest.raises(ValueError, match="encoder_weight must be a finite number >= 0"):
        contract.build("aae_gan", encoder_weight=-1.0)
