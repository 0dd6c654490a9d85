"""Schedules of learning rates go by train steps, however often a role moves in each."""

from __future__ import annotations

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import models, optimizers
from tests.models import contract

EAGER = contract.MODES["eager"]
X = contract.examples()[: contract.BATCH]
schedules = keras.optimizers.schedules
NAME = "variational_f_divergence"


def two_steps(rate: float = 1e-2) -> schedules.LearningRateSchedule:
    """A rate for the train steps 0 and 1, and none after."""
    return schedules.PiecewiseConstantDecay([1], [rate, 0.0])


def descent(name: str, rate: object) -> dict[str, keras.optimizers.Optimizer]:
    return {keyword: keras.optimizers.SGD(rate) for keyword in contract.roles(name)}


def present(model: keras.Model) -> list[keras.optimizers.Optimizer]:
    return [one for role in model.roles if (one := model.optimizer_of(role.name)) is not None]


def rates(model: keras.Model) -> list[float]:
    return [float(one.learning_rate) for one in present(model)]


def values(model: keras.Model) -> list[np.ndarray]:
    return [variable.numpy() for variable in model.trainable_variables]


def same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return all(map(np.array_equal, ours, theirs))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == NAME else pytest.mark.rehearsal)
        for name in contract.OBJECTIVES
    ],
)
def test_every_move_of_a_step_has_the_rate_of_that_step(name: str) -> None:
    """Bit for bit as at a constant rate until the schedule falls, and then not at all."""
    fixed, scheduled = (
        contract.build(name, **descent(name, rate), **EAGER) for rate in (1e-2, two_steps())
    )
    for model in (fixed, scheduled):
        model.train_step(tf.constant(X))
        model.train_step(tf.constant(X))
    assert same(values(fixed), values(scheduled))
    before = values(scheduled)
    scheduled.train_step(tf.constant(X))
    assert same(values(scheduled), before)


def test_roles_with_one_cosine_reach_the_floor_together() -> None:
    """The encoder moves five times a step, and Adam counts all of its moves."""
    cosine = schedules.CosineDecay(1e-2, 2, alpha=0.1)
    adam = {keyword: keras.optimizers.Adam(cosine) for keyword in contract.roles(NAME)}
    model = contract.build(NAME, encoder_steps=5, **adam, **EAGER)
    found = [rates(model)]
    for _ in range(2):
        model.train_step(tf.constant(X))
        found.append(rates(model))
    expected = [1e-2 * (0.1 + 0.9 * (1 + np.cos(np.pi * step / 2)) / 2) for step in range(3)]
    np.testing.assert_allclose(found, np.transpose([expected] * 2), rtol=1e-6)
    assert [int(one.iterations) for one in present(model)] == [10, 2]


@pytest.mark.rehearsal
def test_supersteps_that_xla_compiles() -> None:
    model = contract.build(
        NAME, encoder_steps=3, **descent(NAME, two_steps()), **contract.MODES["xla"]
    )
    model.fit(contract.dataset(2), verbose=0)
    assert rates(model) == [0.0, 0.0]
    before = values(model)
    model.fit(contract.dataset(2), verbose=0)
    assert same(values(model), before)


@pytest.mark.rehearsal
def test_replicas(two_replicas: tf.distribute.Strategy) -> None:
    with two_replicas.scope():
        model = contract.build(NAME, encoder_steps=3, **descent(NAME, two_steps()))
    start = values(model)
    model.fit(contract.dataset(2), verbose=0)
    before = values(model)
    assert not same(start, before)
    model.fit(contract.dataset(1), verbose=0)
    assert same(values(model), before)


def test_steps_that_overflow_count() -> None:
    """Keras's own count leaves out the updates whose scaled loss overflows, as the first here."""
    keras.config.set_dtype_policy("mixed_float16")
    model = contract.build(NAME, encoder_steps=3, **descent(NAME, two_steps()), **EAGER)
    for optimizer in present(model):
        optimizer.dynamic_scale.assign(2.0**60)
    model.train_step(tf.constant(X))
    assert [int(one.iterations) for one in present(model)] == [0, 0]
    assert rates(model) == pytest.approx([1e-2] * 2)
    model.step.assign(2)
    assert rates(model) == [0.0, 0.0]


def test_parts_of_a_composite_optimizer() -> None:
    def handover() -> keras.optimizers.Optimizer:
        sgd = keras.optimizers.SGD
        late = schedules.PiecewiseConstantDecay([1], [0.0, 1e-3])
        return optimizers.CompositeOptimizer([sgd(two_steps()), sgd(late)])

    chosen = {keyword: handover() for keyword in contract.roles(NAME)}
    model = contract.build(NAME, encoder_steps=5, **chosen, **EAGER)
    model.train_step(tf.constant(X))
    assert rates(model) == pytest.approx([1e-2] * 2)
    model.train_step(tf.constant(X))
    assert rates(model) == pytest.approx([1e-3] * 2)


@pytest.mark.parametrize("whole", [True, pytest.param(False, marks=pytest.mark.rehearsal)])
def test_training_goes_on_where_it_was_saved(whole: bool, tmp_path: pathlib.Path) -> None:
    """Also of an optimizer that is younger than the model."""

    def made() -> keras.Model:
        decay = schedules.ExponentialDecay(1e-2, 1, 0.5)
        model = contract.build(NAME, encoder_steps=3, **EAGER)
        return model, {"encoder_steps": 3, **descent(NAME, decay), **EAGER}

    model, arguments = made()
    model.train_step(tf.constant(X))
    model.compile(**arguments)
    model.train_step(tf.constant(X))
    if whole:
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        inner = loaded.encoder_optimizer.get_config()["learning_rate"]["config"]
        assert inner["schedule"]["class_name"] == "ExponentialDecay"
    else:
        model.save_weights(tmp_path / "model.weights.h5")
        loaded, arguments = made()
        loaded.compile(**arguments)
        loaded.load_weights(tmp_path / "model.weights.h5")
    assert rates(loaded) == rates(model) == pytest.approx([0.5e-2] * 2)
    for one in (model, loaded):
        one.train_step(tf.constant(X))
    assert rates(loaded) == rates(model) == pytest.approx([0.25e-2] * 2)
    assert same(contract.weights(model), contract.weights(loaded))


def test_a_new_optimizer_begins_anew_and_a_kept_one_goes_on() -> None:
    decay = schedules.ExponentialDecay(1.0, 1, 0.5)
    kept, first, second = (keras.optimizers.SGD(decay) for _ in range(3))
    model = contract.build(
        NAME, encoder_steps=3, encoder_optimizer=kept, decoder_optimizer=first, **EAGER
    )
    model.step.assign(2)
    model.compile(encoder_optimizer=kept, decoder_optimizer=second, **EAGER)
    assert rates(model) == [0.25, 1.0]
    model.step.assign(3)
    assert rates(model) == [0.125, 0.5]
    # Weights of before it was made.
    model.step.assign(1)
    assert rates(model) == [0.5, 1.0]
    other = keras.optimizers.get(keras.optimizers.serialize(kept))
    assert type(other._learning_rate) is schedules.ExponentialDecay


def test_a_copy_that_goes_on_from_another_models_step_may_begin_its_schedules_anew() -> None:
    decay = schedules.ExponentialDecay(1.0, 1, 0.5)
    model = contract.build(NAME, **descent(NAME, decay), **EAGER)
    model.step.assign(3)
    assert rates(model) == [0.125, 0.125]
    model.optimizer.begin_anew()
    assert rates(model) == [1.0, 1.0]
    model.step.assign(4)
    assert rates(model) == [0.5, 0.5]


def test_a_compile_that_fails_leaves_the_pace() -> None:
    decay = schedules.ExponentialDecay(1.0, 1, 0.5)
    chosen = descent(NAME, decay)
    model = contract.build(NAME, **chosen, **EAGER)
    model.step.assign(2)
    with pytest.raises(ValueError, match="encoder_steps"):
        model.compile(encoder_steps=0, **chosen)
    assert rates(model) == [0.25, 0.25]


@pytest.mark.rehearsal
def test_a_schedule_that_is_set_later_is_used_from_then_on() -> None:
    """Of a role that moves several times a step, in a step that was traced before."""
    model = contract.build(NAME, encoder_steps=3, **descent(NAME, 1e-2), jit_compile=False)
    data = contract.dataset(1)
    model.fit(data, verbose=0)
    model.optimizer.learning_rate = schedules.PiecewiseConstantDecay([1], [1e-2, 0.0])
    model.fit(data, verbose=0)
    assert rates(model) == [0.0, 0.0]
    before = values(model)
    model.fit(data, verbose=0)
    assert same(values(model), before)


def test_files_that_do_not_say_when_optimizers_were_made(tmp_path: pathlib.Path) -> None:
    """An earlier version's, and those of a model that was not compiled."""
    model = contract.build(NAME, compile=False)
    model.step.assign(7)
    model.save_weights(tmp_path / "model.weights.h5")
    decay = schedules.ExponentialDecay(1.0, 1, 0.5)
    other = contract.build(NAME, **descent(NAME, decay), **EAGER)
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        other.load_weights(tmp_path / "model.weights.h5")
    assert int(other.step.numpy()) == 7
    assert rates(other) == [1.0, 1.0]
    # As if the decoder had moved twice since.
    for optimizer in present(other):
        optimizer.iterations.assign(2)
    other.optimizer.load_own_variables({})
    assert rates(other) == [0.25, 0.25]


def test_every_role_documents_it() -> None:
    for name in models.registry.names():
        assert "at step t of its optimizer's training" in models.registry[name].compile.__doc__
