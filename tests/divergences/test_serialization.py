"""Configs: from objects to JSON and back, alone and inside a saved model."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences
from tests.divergences import oracles

LOG_U = np.linspace(-3.0, 3.0, 7)


@keras.saving.register_keras_serializable(package="kfdiv_tests", name="cosh")
def cosh(log_u):
    return 2.0 * tf.cosh(log_u) - 2.0  # Neyman's, in log u


CUSTOM = {
    "custom": lambda: divergences.Custom(cosh, "log_u"),
    "custom dual": lambda: divergences.Custom(cosh, "log_u").dual(),
    "custom by name": lambda: divergences.Custom("kfdiv_tests>cosh", "log_u"),
    "sum of custom": lambda: 2 * divergences.Custom(cosh, "log_u") + divergences.KL(name="mine"),
}


def make(case):
    return CUSTOM[case]() if case in CUSTOM else oracles.make(case)


@pytest.mark.parametrize("case", [*oracles.ORACLES, *CUSTOM])
def test_roundtrip_through_json(case):
    divergence = make(case)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(divergence)))
    for back in (keras.saving.deserialize_keras_object(config), divergences.get(config)):
        assert type(back) is type(divergence)
        assert back.get_config() == divergence.get_config()
        np.testing.assert_array_equal(back.f(LOG_U), divergence.f(LOG_U))


@pytest.mark.parametrize("case", ["kl", "alpha(0.3)", "2 * kl + rkl", "custom"])
def test_from_config_undoes_get_config(case):
    divergence = make(case)
    back = type(divergence).from_config(divergence.get_config())
    np.testing.assert_array_equal(back.curvature(LOG_U), divergence.curvature(LOG_U))


def test_config_depends_on_constructor_arguments_alone():
    before = divergences.Alpha(0.3).get_config()
    keras.config.set_dtype_policy("mixed_float16")
    assert divergences.Alpha(0.3).get_config() == before == {"name": "alpha", "alpha": 0.3}


@pytest.mark.parametrize("case", ["js", "alpha(0.3)", "3 * js", "2 * kl + rkl", "custom"])
def test_a_saved_critic_keeps_its_activation(case, tmp_path):
    critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), make(case)])
    critic.save(tmp_path / "critic.keras")
    loaded = keras.saving.load_model(tmp_path / "critic.keras")
    x = tf.random.normal((4, 2))
    np.testing.assert_array_equal(loaded(x), critic(x))
