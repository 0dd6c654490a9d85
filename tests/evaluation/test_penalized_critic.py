"""The Wasserstein critic, where the distance is known: between Gaussians that are shifted."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import evaluation
from kfdiv.evaluation.penalized_critic import PenalizedCritic
from kfdiv.losses.fenchel import Fenchel
from kfdiv.losses.wasserstein import Wasserstein


def shifted(mean: np.ndarray) -> kfdiv.models.FGAN:
    """A sampler of N(mean, I)."""
    size = len(mean)
    network = kfdiv.networks.mlp(size, [], size)
    network.layers[-1].set_weights([np.eye(size), mean])
    return kfdiv.models.FGAN(network, kfdiv.networks.mlp(size, [], 1))


def linear(slope: np.ndarray) -> keras.Model:
    critic = kfdiv.networks.mlp(len(slope), [], 1)
    critic.layers[-1].set_weights([np.asarray(slope)[:, None], np.zeros(1)])
    return critic


def draws(num: int, size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(num, size)).astype("float32")


def test_it_is_the_shift_even_from_a_critic_that_starts_the_wrong_way() -> None:
    """Data lie on the side where v is to be high; the penalty allows a slope of 1 + W / 20."""
    mean = np.array([-1.5])
    found = evaluation.independent_critic(
        shifted(mean),
        # Not a data set of ours, whose steps are traced in groups.
        tf.data.Dataset.from_tensors(draws(2_000, 1, 0)),
        tf.data.Dataset.from_tensors(draws(4_000, 1, 1)),
        "wasserstein",
        critic=linear([-1.0]),
        steps=150,
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.2, 150)),
        jit_compile=False,
    )
    assert found.slope == pytest.approx(1.0 + 1.5 / 20, abs=0.01)
    value, error = found.bound
    # The variance of each side's mean is slope^2 / 4,000.
    assert error == pytest.approx(found.slope * np.sqrt(2 / 4_000), rel=0.1)
    assert value / found.slope == pytest.approx(1.5, abs=4 * error)
    # And beside it, real data in the place of the model's draws.
    of_data, of_data_error = found.data
    means = [draws(num, 1, seed).mean() for num, seed in ((2_000, 0), (4_000, 1))]
    expected = found.slope * (means[0] - means[1])
    assert of_data == pytest.approx(expected, abs=1e-4)
    assert of_data_error == pytest.approx(found.slope * np.sqrt(1 / 2_000 + 1 / 4_000), rel=0.1)
    estimates = {"bound", "training_bound", "data"}
    assert set(found.figures()) == {"slope", *estimates, *(f"{one}_se" for one in estimates)}


@pytest.mark.rehearsal
def test_the_default_critic_finds_the_shift_in_three_dimensions() -> None:
    mean = np.array([1.0, -2.0, 2.0])
    found = evaluation.independent_critic(
        shifted(mean), draws(20_000, 3, 0), draws(20_000, 3, 1), "wasserstein", steps=1_000
    )
    value, error = found.bound
    assert value / found.slope == pytest.approx(3.0, abs=0.1 + 4 * error)
    # A model that is right is at no distance, and its data neither.
    found = evaluation.independent_critic(
        shifted(np.zeros(3)), draws(20_000, 3, 0), draws(20_000, 3, 1), "wasserstein", steps=300
    )
    assert found.bound.value == pytest.approx(0.0, abs=0.1)


def test_loss_and_penalty_are_those_asked_for_and_the_penalty_rises() -> None:
    slope, mean = np.array([3.0, -4.0]), np.array([1.0, 0.0])
    x = draws(6, 2, 0)
    for loss in (Wasserstein(), Fenchel("kl")):
        training = PenalizedCritic(shifted(mean), linear(slope), seed=0)
        training.compile(loss=loss, penalty="gradient", rising_steps=8, run_eagerly=True)
        batch, seed = training.batch(x), training.draw_seed("test")
        _, drawn = training.draws(batch.x, seed)
        on_data, on_model = (tf.constant(side @ slope, tf.float32) for side in (x, drawn.numpy()))
        expected = loss.critic_losses(on_data, on_model)
        # |v'| is 5 everywhere.
        for step, share in ((0, 0.0), (4, 0.125), (20, 1.0)):
            training.step.assign(step)
            found = training.role_losses(batch, seed, ["critic"]).of["critic"]
            np.testing.assert_allclose(found.data, expected[0] + share * 160.0, rtol=1e-5)
            np.testing.assert_allclose(found.model, expected[1], rtol=1e-5)
        bound = training.bound(batch, seed)
        np.testing.assert_allclose(bound.value.data, loss.own_bound(on_data, on_model)[0], 1e-5)
        np.testing.assert_allclose(bound.logs["slope"].data, 5.0, rtol=1e-5)
    assert bound.kind == "lower"


def test_what_does_not_fit_is_refused() -> None:
    model, data = shifted(np.zeros(1)), draws(9, 1, 0)
    with pytest.raises(ValueError, match=r"Unknown penalty 'grad'"):
        evaluation.independent_critic(model, data, data, "wasserstein", penalty="grad")
    with pytest.raises(ValueError, match="'roth' is of classifiers and of critics of an f-div"):
        evaluation.independent_critic(model, data, data, "wasserstein", penalty="roth")
    with pytest.raises(ValueError, match="wassersteinn"):
        evaluation.independent_critic(model, data, data, "wassersteinn")
