"""A model's own game by a critic that begins afresh."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kfdiv
from kfdiv import evaluation
from kfdiv.evaluation.seeding import begun_afresh
from tests.models import contract
from tests.models.test_critic_value import VALUED

MEAN, SCALE = 0.5, 1.4


def draws(num: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(num, 1)).astype("float32")


def linear(slope: float, offset: float) -> keras.Model:
    network = kfdiv.networks.mlp(1, [], 1)
    network.layers[-1].set_weights([np.array([[slope]]), np.array([offset])])
    return network


def test_value_and_bound_are_those_of_the_game_the_model_was_compiled_for() -> None:
    """Of AGE for KL: V is the logistic game's, the bound E_P[1 + v] - E_Q[e^v]."""
    model = kfdiv.models.AGE(linear(SCALE, MEAN), kfdiv.networks.mlp(1, [], 1))
    model.compile("kl")
    before = [variable.numpy() for variable in model.variables]
    found = evaluation.independent_objective(
        model,
        draws(200, 0),
        draws(5_000, 1),
        critic=linear(-0.5, 0.2),  # which a learning rate of zero leaves as it is
        steps=1,
        optimizer=keras.optimizers.SGD(0.0),
        jit_compile=False,
    )
    on_data = 0.2 - 0.5 * draws(10**6, 2)
    on_model = 0.2 - 0.5 * (MEAN + SCALE * draws(10**6, 3))
    value = [-np.logaddexp(0, -on_data), -np.logaddexp(0, on_model)]
    bound = [1 + on_data, -np.exp(on_model)]
    for estimates, sides in (
        ((found.value, found.training_value), value),
        ((found.bound, found.training_bound), bound),
    ):
        for estimate, num in zip(estimates, (5_000, 200), strict=True):
            error = float(np.sqrt(sum(side.var() for side in sides) / num))
            assert estimate.value == pytest.approx(sum(s.mean() for s in sides), abs=4 * error)
            assert estimate.standard_error == pytest.approx(error, rel=0.3)
    assert found.name == "lower_bound"
    assert len(found.figures()) == 8
    assert found.figures()["training_lower_bound_se"] == found.training_bound.standard_error
    for variable, known in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), known)


@pytest.mark.rehearsal
@pytest.mark.parametrize("name", VALUED)
def test_every_game_is_played_by_a_critic_that_begins_afresh(name: str) -> None:
    model = contract.build(name)
    x = contract.examples()
    found = evaluation.independent_objective(model, x[:60], x[60:], steps=30, jit_compile=False)
    assert np.isfinite(list(found.figures().values())).all()
    assert found.name in model.evaluate(x, verbose=0, return_dict=True)


@pytest.mark.rehearsal
def test_a_conditional_game_takes_its_conditions() -> None:
    model = contract.build_conditional("age", jit_compile=False)
    data = kfdiv.data.from_arrays(
        contract.examples()[:40], contract.conditions("labels")[:40], batch_size=20
    )
    found = evaluation.independent_objective(model, data, data, steps=4, jit_compile=False)
    assert np.isfinite(found.value.value)


def test_a_critic_begins_afresh_at_any_depth() -> None:
    x = keras.Input((4, 4, 1))
    convolution = kfdiv.networks.SpectralNormalization(keras.layers.Conv2D(2, 3))
    inner = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    network = keras.Model(x, inner(keras.layers.Flatten()(convolution(x))))
    one, again, other = (begun_afresh(network, seed) for seed in (0, 0, 1))
    kernels = [
        [w.numpy() for w in net.weights if "kernel" in w.path]
        for net in (network, one, again, other)
    ]
    assert len(kernels[0]) == 3
    for old, first, second, third in zip(*kernels, strict=True):
        np.testing.assert_array_equal(first, second)
        assert not (first == third).all()
        assert not (first == old).all()


def test_what_does_not_fit_is_refused() -> None:
    data = np.zeros((9, 3), "float32")
    judge = evaluation.independent_objective
    with pytest.raises(ValueError, match=r"VAE plays no game .*evaluation\.independent_critic"):
        judge(contract.build("vae"), data, data)
    with pytest.raises(ValueError, match="The model is not compiled"):
        judge(contract.build("age", compile=False), data, data)
    model = contract.build("age")
    with pytest.raises(ValueError, match="critic is the model's own"):
        judge(model, data, data, critic=model.critic)
    with pytest.raises(ValueError, match=r"takes inputs of shapes \[\(3,\), \(2,\)\].* \[\(3,\)\]"):
        judge(model, data, data, critic=kfdiv.networks.mlp(3, [], 1))
    with pytest.raises(ValueError, match="shape"):
        judge(model, data, np.zeros((9, 2)), steps=10**9)
    with pytest.raises(ValueError, match="steps must be an integer of at least 1"):
        judge(model, data, data, steps=0)
