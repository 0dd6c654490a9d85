"""VEEGAN on Gaussians whose log ratio the critic knows."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract

SLOPE, OFFSET, SCALE = 1.5, 0.4, 0.6  # p(x|z) = N(SLOPE z + OFFSET, SCALE^2)
WEIGHT, WIDTH = 0.5, 0.7  # F: q(z|x) = N(WEIGHT x, WIDTH^2)
LOC, SPREAD = 0.2, 1.4  # p*(x)


def log_normal(x: tf.Tensor, loc: tf.Tensor | float, scale: float) -> tf.Tensor:
    return -0.5 * ((x - loc) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2.0 * np.pi)


@keras.saving.register_keras_serializable(package="tests")
class LogRatio(keras.layers.Layer):
    """log q(z|x) p*(x) - log p(x|z) p(z)."""

    def call(self, inputs: list[tf.Tensor]) -> tf.Tensor:
        x, z = inputs
        data = log_normal(z, WEIGHT * x, WIDTH) + log_normal(x, LOC, SPREAD)
        return data - log_normal(x, SLOPE * z + OFFSET, SCALE) - log_normal(z, 0.0, 1.0)


def linear(slope: float, offset: float, scale: float) -> kfdiv.distributions.Normal:
    layer = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 1), scale="shared")
    layer.network.set_weights([np.array([[slope]]), np.array([offset])])
    layer.set_scale(scale)
    return layer


def model() -> kfdiv.models.VEEGAN:
    x, z = keras.Input((1,)), keras.Input((1,))
    critic = keras.Model([x, z], LogRatio()([x, z]))
    found = kfdiv.models.VEEGAN(linear(WEIGHT, 0.0, WIDTH), linear(SLOPE, OFFSET, SCALE), critic)
    found.compile(**contract.MODES["eager"])
    return found


def kl() -> float:
    """KL(p(x|z) p(z) || q(z|x) p*(x)) of two Gaussians in (x, z)."""
    p_mean = np.array([OFFSET, 0.0])
    p_cov = np.array([[SLOPE**2 + SCALE**2, SLOPE], [SLOPE, 1.0]])
    q_mean = np.array([LOC, WEIGHT * LOC])
    cross = WEIGHT * SPREAD**2
    q_cov = np.array([[SPREAD**2, cross], [cross, WEIGHT * cross + WIDTH**2]])
    inverse, gap = np.linalg.inv(q_cov), q_mean - p_mean
    ratio = np.linalg.det(q_cov) / np.linalg.det(p_cov)
    return 0.5 * (np.trace(inverse @ p_cov) + gap @ inverse @ gap - 2.0 + np.log(ratio))


def test_bound_is_that_of_the_paper() -> None:
    """Eq. 14 at the optimal critic: KL - E[log p(z)] + E|z - F(G(z))|."""
    found = model()
    data = np.random.default_rng(0).normal(LOC, SPREAD, (40_000, 1)).astype("float32")
    figures = found.evaluate(data, batch_size=20_000, verbose=0, return_dict=True)
    entropy = 0.5 * np.log(2.0 * np.pi * np.e)
    # z - F(G(z)) is Gaussian, by F's own noise, too.
    loc = -WEIGHT * OFFSET
    scale = np.hypot(np.hypot(1.0 - WEIGHT * SLOPE, WEIGHT * SCALE), WIDTH)
    draws = np.random.default_rng(1).normal(loc, scale, 4_000_000)
    expected = kl() + entropy + np.abs(draws).mean()
    error = figures["cross_entropy_estimate_se"]
    assert 0 < error < 0.05
    assert figures["cross_entropy_estimate"] == pytest.approx(expected, abs=4.0 * error)
    # And the critic's own bound, of a divergence between the pairs: the reverse KL, at its optimum.
    figures = found.evaluate(data, batch_size=20_000, divergence="rkl", verbose=0, return_dict=True)
    error = figures["lower_bound_se"]
    assert figures["lower_bound"] == pytest.approx(kl(), abs=4.0 * error)


def test_losses_of_encoder_and_decoder() -> None:
    """The encoder has the distance alone, the decoder the estimate of the KL, too."""
    found = model()
    batch, seed = found.batch(np.full((5, 1), 0.3, "float32")), found.draw_seed("test")
    on_data, on_model, distance, log_prior = found.parts(batch, seed, training=True)
    losses = found.role_losses(batch, seed, ("encoder", "decoder")).of
    np.testing.assert_allclose(losses["encoder"].model, distance)
    np.testing.assert_allclose(losses["decoder"].model, distance - on_model, rtol=1e-6)
    assert losses["encoder"].data is losses["decoder"].data is None
    critic = found.role_losses(batch, seed, ("critic",)).of["critic"]
    np.testing.assert_allclose(critic.data, np.log1p(np.exp(-on_data)), rtol=1e-5)
    np.testing.assert_allclose(critic.model, np.log1p(np.exp(on_model)), rtol=1e-5)
    assert float(tf.reduce_max(log_prior)) < 0.0


@pytest.mark.parametrize("weight", [None, np.array([1.0, 3.0, 0.5, 2.0, 0.0])])
def test_a_last_smaller_batch_counts_for_what_it_holds(
    weight: np.ndarray | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parts of the bound are means over all draws, as the bound itself is."""
    game, seen = model(), []
    bound = game.bound

    def spy(batch: object, *args: object) -> object:
        seen.append((batch.weight, bound(batch, *args)))
        return seen[-1][1]

    monkeypatch.setattr(game, "bound", spy)
    x = np.linspace(-1.0, 2.0, 5, dtype="float32")[:, np.newaxis]
    found = game.evaluate(x, batch_size=4, sample_weight=weight, verbose=0, return_dict=True)
    assert [len(b.value.model) for _, b in seen] == [4, 1]
    on_data, on_model = (
        np.concatenate([b.logs["critic_loss"][k] for _, b in seen]) for k in (0, 1)
    )
    # A batch's draws weigh in all what its data do.
    share = None if weight is None else np.array([weight[:4].mean()] * 4 + [0.0])
    expected = np.average(on_data, weights=weight) + np.average(on_model, weights=share)
    assert found["critic_loss"] == pytest.approx(expected, rel=1e-5)
    distance = np.concatenate([b.logs["code_distance"].model for _, b in seen])
    assert found["code_distance"] == pytest.approx(np.average(distance, weights=share), rel=1e-5)
