"""Options of `compile` that are set anew: used from the next step on, or refused."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract


class Set(keras.callbacks.Callback):
    """Sets an option of the model at the beginning of every epoch."""

    def __init__(self, name: str, values: list[float]) -> None:
        super().__init__()
        self.name, self.values = name, values

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        setattr(self.model, self.name, self.values[epoch])


def betas(history: keras.callbacks.History) -> list[float]:
    """Return the weight of the KL that each epoch's loss had."""
    logs = history.history
    parts = zip(logs["loss"], logs["reconstruction_loss"], logs["kl"], strict=True)
    return [(loss - reconstruction) / kl for loss, reconstruction, kl in parts]


# What XLA compiles is the same graph, which reads a variable.
@pytest.mark.parametrize("jit_compile", [False, pytest.param(True, marks=pytest.mark.rehearsal)])
def test_the_beta_that_a_callback_asks_for_is_used(jit_compile: bool) -> None:
    asked = [0.0, 0.25, 1.0]
    model = contract.build("vae", jit_compile=jit_compile)
    history = model.fit(contract.dataset(1), epochs=3, verbose=0, callbacks=Set("beta", asked))
    np.testing.assert_allclose(betas(history), asked, atol=1e-4)
    assert model.beta == 1.0
    assert model.get_compile_config()["beta"] == 1.0
    with pytest.raises(ValueError, match="at least 0"):
        model.beta = -1.0
    assert model.beta == 1.0


def test_beta_is_a_schedule_or_a_variable(tmp_path) -> None:
    schedule = keras.optimizers.schedules.PolynomialDecay(0.0, 2, 1.0)
    model = contract.build("vae", beta=schedule, **contract.MODES["eager"])
    history = model.fit(contract.dataset(1), epochs=3, verbose=0)
    np.testing.assert_allclose(betas(history), [0.0, 0.5, 1.0], atol=1e-4)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.beta.get_config() == schedule.get_config()
    variable = tf.Variable(0.5)
    model.compile(beta=variable, jit_compile=False)  # A trace must not hold its value.
    first = betas(model.fit(contract.dataset(1), epochs=1, verbose=0))
    variable.assign(0.25)
    second = betas(model.fit(contract.dataset(1), epochs=1, verbose=0))
    np.testing.assert_allclose(first + second, [0.5, 0.25], atol=1e-4)
    with pytest.raises(TypeError, match=r"LearningRateSchedule of the step, or a tf\.Variable"):
        model.compile(beta=lambda step: 0.5)


@pytest.mark.parametrize(
    ("name", "option", "role", "mode"),
    # A graph is made anew for any of them alike.
    [
        ("age", "critic_steps", "critic", "eager"),
        ("variational_f_divergence", "encoder_steps", "encoder", "eager"),
        ("fgm", "density_steps", "density", "graph"),
    ],
)
def test_numbers_of_updates_change_between_epochs_and_fits(
    name: str, option: str, role: str, mode: str
) -> None:
    model = contract.build(name, **contract.MODES[mode])
    optimizer = model.optimizer_of(role)
    data = contract.dataset(1)
    model.fit(data, epochs=2, verbose=0, callbacks=Set(option, [1, 3]))
    assert int(optimizer.iterations) == 4
    setattr(model, option, 2)
    model.run_eagerly = True
    model.fit(data, epochs=1, verbose=0)
    assert int(optimizer.iterations) == 6
    with pytest.raises(ValueError, match=f"{option} must be an integer of at least 1"):
        setattr(model, option, 0)
    assert getattr(model, option) == 2
    assert model.get_compile_config()[option] == 2


@pytest.mark.parametrize("name", kfdiv.models.registry.names())
def test_what_compile_takes_can_be_set_or_is_refused_on_the_model(name: str) -> None:
    """An attribute that nothing reads would be set without a word."""
    model = contract.build(name)
    for parameter in model.option_parameters():
        with pytest.raises((TypeError, ValueError), match=r".+"):
            setattr(model, parameter.name, object())


def test_options_of_losses_are_set_anew() -> None:
    model = contract.build("age", divergence="rkl")
    model.clip = 0.5
    assert model.loss_of.clip == 0.5
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        model.clip = 2.0
    assert repr(model.divergence) == repr(kfdiv.divergences.get("rkl"))
    with pytest.raises(AttributeError, match="set by compile"):
        model.critic_optimizer = "adam"


def test_any_divergence_is_evaluated_where_the_critic_is_a_classifier() -> None:
    model = contract.build("age", divergence="js", run_eagerly=True)
    x = contract.examples()
    own = model.evaluate(x, verbose=0, return_dict=True)
    other = model.evaluate(x, divergence="rkl", verbose=0, return_dict=True)
    assert other["lower_bound"] != own["lower_bound"]
    assert model.evaluate(x, verbose=0, return_dict=True) == own
    with pytest.raises(ValueError, match="says nothing of"):
        contract.build("bigan", game="hinge").evaluate(x, divergence="kl")
    with pytest.raises(ValueError, match="contains the entropy"):
        contract.build("vae").evaluate(x, divergence="kl")


def test_a_step_is_traced_again_for_what_a_trace_holds_alone() -> None:
    traces = []

    class Counted(kfdiv.models.VAE):
        def train_step(self, data: object) -> dict[str, tf.Tensor]:
            traces.append(data)
            return super().train_step(data)

    parts = contract.networks()
    model = Counted(parts["encoder"], parts["decoder"])
    model.compile(jit_compile=False)
    data = contract.dataset(1)
    for _ in range(2):
        model.fit(data, epochs=2, verbose=0)
    assert len(traces) == 1
    model.beta = 0.5
    model.fit(data, verbose=0)
    assert len(traces) == 1
    model.seed = 1
    model.fit(data, verbose=0)
    assert len(traces) == 2


def test_a_smaller_last_batch_costs_no_trace_of_an_evaluation_and_one_of_training() -> None:
    traces = {"train": 0, "test": 0}

    class Counted(kfdiv.models.VAE):
        def train_step(self, data: object) -> dict[str, tf.Tensor]:
            traces["train"] += 1
            return super().train_step(data)

        def test_step(self, data: object) -> dict[str, tf.Tensor]:
            traces["test"] += 1
            return super().test_step(data)

    parts = contract.networks()
    model = Counted(parts["encoder"], parts["decoder"])
    model.compile(jit_compile=False)
    x = contract.examples()[:10]
    for _ in range(2):
        model.evaluate(x, batch_size=4, verbose=0)
    assert traces == {"train": 0, "test": 1}
    # Without a shuffle the last, smaller batch is kept.
    model.fit(x, batch_size=4, shuffle=False, epochs=2, verbose=0)
    assert traces == {"train": 2, "test": 1}


@pytest.mark.parametrize(
    ("steps_per_execution", "expected"),
    # With several steps in one call elements are groups, and the smaller batch is one of its own.
    [(1, ([4, 4, 4, 4], [2, 2])), (3, ([2, 2], [1, 1]))],
)
def test_a_smaller_last_batch_is_not_compiled(
    monkeypatch, steps_per_execution: int, expected: tuple[list[int], list[int]]
) -> None:
    compiled, plain = [], []

    def recorded(step: Callable, jit_compile: bool = False, **_: object) -> Callable:
        # To trace and to compile would take seconds.
        def call(data: tf.Tensor) -> dict[str, tf.Tensor]:
            (compiled if jit_compile else plain).append(len(data))
            return step(data)

        return call

    model = contract.build("vae", jit_compile=True, steps_per_execution=steps_per_execution)
    monkeypatch.setattr(tf, "function", recorded)
    x = contract.examples()[:10]
    model.fit(x, batch_size=4, shuffle=False, epochs=2, verbose=0)
    assert (compiled, plain) == expected
    assert int(model.step.numpy()) == 6
    if steps_per_execution > 1:
        return
    # The last batch of a user's own data set, too.
    model = contract.build("vae", jit_compile=True)
    compiled.clear()
    plain.clear()
    model.fit(tf.data.Dataset.from_tensor_slices(x).batch(4), epochs=2, verbose=0)
    assert (compiled, plain) == expected
    compiled.clear()
    plain.clear()
    for size in (4, 3):
        model.evaluate(x, batch_size=size, verbose=0)
    assert (compiled, plain) == ([4, 4, 3, 3, 3], [2, 1])


@pytest.mark.rehearsal
def test_a_smaller_last_batch_gives_what_it_gives_without_a_compiler() -> None:
    x = contract.examples()[:50]
    found = []
    for jit_compile in (False, True):
        model = contract.build("vae", jit_compile=jit_compile, **contract.descent("vae"))
        model.fit(x, batch_size=20, shuffle=False, epochs=3, verbose=0)
        figures = model.evaluate(x, batch_size=20, verbose=0, return_dict=True)
        found.append((contract.weights(model), figures))
    for a, b in zip(found[0][0], found[1][0], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-4)


OF_KL = ("vae", "draw", "avb", "marginal_vae")


@pytest.mark.parametrize("name", OF_KL)
def test_what_bounds_forward_kl_takes_it_by_name_and_no_other(name: str) -> None:
    model = contract.build(name, divergence="kl")
    assert isinstance(model.divergence, kfdiv.divergences.KL)
    with pytest.raises(ValueError, match=r"bounds forward KL alone, but RKL\(\) was asked for"):
        model.compile(divergence="rkl")
    with pytest.raises(ValueError, match="bounds forward KL alone"):
        model.divergence = "js"
    again = contract.build(name)
    again.compile_from_config(model.get_compile_config())
    assert isinstance(again.divergence, kfdiv.divergences.KL)
