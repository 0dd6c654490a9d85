"""A critic that is put in the place of an objective's own is worth what that is."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models.critic_value import HasCriticValue
from tests.models import contract

VALUED = [name for name, cls in kfdiv.models.registry.items() if issubclass(cls, HasCriticValue)]


def own(model: keras.Model) -> keras.Model:
    return getattr(model, getattr(model, "valued_critic", "critic"))


def test_every_objective_of_a_critic_plays() -> None:
    """All whose roles have a critic; that of f-GM is a density, which evaluations can use."""
    critics = {
        name
        for name, cls in kfdiv.models.registry.items()
        if any("critic" in role.name for role in cls.roles)
    }
    assert set(VALUED) == critics


@pytest.mark.parametrize("name", VALUED)
def test_the_model_s_own_critic_is_worth_what_evaluate_says(name: str) -> None:
    model = contract.ready(name, "eager")
    batch, seed = model.batch(contract.batch()), model.draw_seed("test")
    game = model.critic_value(own(model), batch, seed, training=False)
    bound = model.bound(batch, seed)
    assert game.bound.name == bound.name
    for found, expected in zip(game.bound.value, bound.value, strict=True):
        assert (found is None) == (expected is None)
        if found is not None:
            np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert game.penalty == (None, None)
    # Critics without dropout or batch normalisation are the same in training.
    role = "code_critic" if "code_critic" in contract.roles(name)[0] else "critic"
    trained = model.role_losses(batch, seed, [role]).of[role]
    game = model.critic_value(own(model), batch, seed, training=True)
    for found, expected in zip(game.loss.plus(game.penalty), trained, strict=True):
        if expected is not None:
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_another_critic_is_worth_another_thing_and_all_else_is_as_in_inference() -> None:
    z = keras.Input((2,))
    x = keras.layers.Dense(3)(keras.layers.BatchNormalization()(z))
    decoder, critic = keras.Model(z, x), kfdiv.networks.mlp(3, [4], 1)
    model = kfdiv.models.WassersteinGAN(decoder, kfdiv.networks.mlp(3, [4], 1))
    model.compile(run_eagerly=True)
    batch, seed = model.batch(contract.batch()), model.draw_seed("test")
    before = [variable.numpy() for variable in model.variables]
    game = model.critic_value(critic, batch, seed, training=True)
    assert game.bound.name == "wasserstein"
    np.testing.assert_allclose(game.loss.data, -critic(batch.x)[:, 0], rtol=1e-6)
    assert float(tf.reduce_min(game.penalty.data)) >= 0.0
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
