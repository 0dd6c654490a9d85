"""What every registered objective promises, whichever it is."""

from __future__ import annotations

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import strategies
from tests.models import contract
from tests.models.contract import by_replicas, by_the_shared_step, each

EAGER = contract.MODES["eager"]


def assert_equal(first: keras.Model, second: keras.Model, tolerance: float = 0.0) -> None:
    for a, b in zip(contract.weights(first), contract.weights(second), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def differ(first: keras.Model, second: keras.Model) -> bool:
    pairs = zip(contract.weights(first), contract.weights(second), strict=True)
    return any(not np.array_equal(a, b) for a, b in pairs)


class Kill(keras.callbacks.Callback):
    """Break off like a killed process: between steps, without a word to the other callbacks."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        if int(self.model.step.numpy()) >= self.step:
            raise KeyboardInterrupt


@each
def test_fits_and_evaluates_with_a_standard_error(name: str) -> None:
    model = contract.ready(name, "eager")
    before = contract.weights(model)
    history = model.fit(contract.dataset(steps=1), epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert int(model.step.numpy()) == 2
    assert any(
        not np.array_equal(a, b) for a, b in zip(before, contract.weights(model), strict=True)
    )
    logs = model.evaluate(contract.examples(), verbose=0, return_dict=True)
    errors = [key for key in logs if key.endswith("_se")]
    assert errors
    assert all(0 < logs[key] < np.inf for key in errors)
    assert model.evaluate(contract.examples(), verbose=0, return_dict=True) == logs


@by_the_shared_step
def test_seeds_reproduce_and_differ(name: str) -> None:
    models = [contract.build(name, seed=seed, **EAGER) for seed in (0, 0, 1)]
    for model in models:
        model.train_step(contract.batch())
    assert_equal(models[0], models[1])
    assert differ(models[0], models[2])


@each
def test_samples_from_seeds(name: str) -> None:
    model = contract.build(name, compile=False)
    first = model.sample(4, seed=1).numpy()
    assert first.shape == (4, contract.EVENT)
    np.testing.assert_array_equal(first, model.sample(4, seed=1).numpy())
    assert not np.allclose(first, model.sample(4, seed=2).numpy())
    assert not np.allclose(first, model.sample(4, seed=1, observation_noise=True).numpy())
    with pytest.raises(ValueError, match="num_samples must be"):
        model.sample(-1)


@by_the_shared_step
def test_saved_model_continues_where_it_was(name: str, tmp_path: pathlib.Path) -> None:
    model = contract.build(name, **EAGER)
    model.fit(contract.dataset(steps=1), epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_equal(model, loaded)
    for either in (model, loaded):
        either.fit(contract.dataset(steps=1), epochs=1, verbose=0)
    assert_equal(model, loaded)


@each
def test_a_model_is_saved_before_it_is_compiled(name: str, tmp_path: pathlib.Path) -> None:
    model = contract.build(name, compile=False)
    model.save(tmp_path / "model.keras")
    assert_equal(model, keras.saving.load_model(tmp_path / "model.keras"))


@by_the_shared_step
@pytest.mark.parametrize("compile", [True, False])
def test_weights_are_saved_and_loaded_alone(
    name: str, tmp_path: pathlib.Path, compile: bool
) -> None:
    model = contract.build(name, compile=compile)
    for variable in [*model.decoder.weights, *model.encoder.weights]:
        variable.assign(variable + 1)
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = contract.build(name, compile=False)
    assert differ(model.decoder, fresh.decoder)
    fresh.load_weights(tmp_path / "model.weights.h5")
    assert_equal(model.decoder, fresh.decoder)
    assert_equal(model.encoder, fresh.encoder)


@by_the_shared_step
def test_killed_run_resumes_bit_for_bit(name: str, tmp_path: pathlib.Path) -> None:
    kill_and_resume(name, tmp_path, "graph", 2, (1, 3))


@by_the_shared_step
def test_killed_run_of_compiled_supersteps_resumes_bit_for_bit(
    name: str, tmp_path: pathlib.Path
) -> None:
    kill_and_resume(name, tmp_path, "xla", 4, (2, 6))


def kill_and_resume(
    name: str, folder: pathlib.Path, mode: str, steps: int, kills: tuple[int, int]
) -> None:
    """Compare a run of two epochs with one that is killed twice."""

    def fit(*callbacks: keras.callbacks.Callback) -> list[np.ndarray]:
        model = contract.ready(name, mode)
        # As those of a new process are.
        for variable in model.metrics_variables:
            variable.assign(tf.zeros_like(variable))
        data = contract.dataset(steps)
        history = model.fit(data, epochs=2, verbose=0, callbacks=list(callbacks)).history
        return [*contract.weights(model), *(values[-1] for values in history.values())]

    whole = fit()
    for step in kills:
        backup = kfdiv.callbacks.ExactResume(folder, every=1)
        with pytest.raises(KeyboardInterrupt):
            fit(backup, Kill(step))
    resumed = fit(kfdiv.callbacks.ExactResume(folder, every=1))
    for a, b in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(a, b)


@by_the_shared_step
def test_eager_steps_and_a_graph_agree(name: str) -> None:
    agree(name, "eager", "graph")


@by_the_shared_step
def test_a_graph_and_compiled_supersteps_agree(name: str) -> None:
    agree(name, "graph", "xla")


def agree(name: str, *modes: str) -> None:
    """Compare the weights after some steps."""
    runs = []
    for mode in modes:
        model = contract.ready(name, mode)
        model.fit(contract.dataset(steps=4), epochs=1, verbose=0)
        runs.append(contract.weights(model))
    for a, b in zip(*runs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@by_replicas
def test_replicas_take_the_step_of_one_device(
    name: str, counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same noise for every example, devices with a share of the batch move as one does.

    They evaluate as one does, too, also where shares differ in size, and some are empty.
    """

    def fixed(shape: object, seed: tf.Tensor, dtype: str = "float32") -> tf.Tensor:
        return tf.broadcast_to(tf.constant(0.3, dtype), shape)

    monkeypatch.setattr(kfdiv.random, "normal", fixed)
    monkeypatch.setattr(kfdiv.random, "uniform", fixed)

    one = contract.build(name, **EAGER, **contract.descent(name))
    data = contract.dataset(steps=2)
    # Batches of 13 and 1.
    held_out = {"x": contract.examples()[:14], "batch_size": 13, "verbose": 0, "return_dict": True}
    expected = [one.fit(data, verbose=0).history, one.evaluate(**held_out)]
    for count in counts:
        with strategies.mirrored([f"CPU:{index}" for index in range(count)]).scope():
            # One by one, and by four both steps in one call.
            steps = max(1, count // 2)
            several = contract.build(name, steps_per_execution=steps, **contract.descent(name))
        history = several.fit(data, verbose=0).history
        assert_equal(one, several, tolerance=2e-6)
        for ours, theirs in zip(expected, [history, several.evaluate(**held_out)], strict=True):
            assert theirs.keys() == ours.keys()
            for key, value in ours.items():
                np.testing.assert_allclose(theirs[key], value, rtol=1e-5, atol=1e-6, err_msg=key)


@by_the_shared_step
def test_replicas_draw_different_noise(name: str, two_replicas: tf.distribute.Strategy) -> None:
    strategy = two_replicas
    with strategy.scope():
        model = contract.build(name, compile=False)
    first, second = strategy.experimental_local_results(
        strategy.run(lambda: kfdiv.random.normal((4,), model.draw_seed("test")))
    )
    assert not np.allclose(first, second)


@by_the_shared_step
@pytest.mark.parametrize(
    ("policy", "dtype"),
    [("mixed_bfloat16", "float32"), ("float64", "float32"), ("float32", "float64")],
)
def test_data_of_any_precision_fit_a_model_of_any(name: str, policy: str, dtype: str) -> None:
    keras.config.set_dtype_policy(policy)
    model = contract.build(name, **EAGER)
    data = tf.data.Dataset.from_tensors(contract.examples()[: contract.BATCH].astype(dtype))
    assert np.isfinite(model.fit(data, verbose=0).history["loss"]).all()
    assert np.isfinite(model.evaluate(data, verbose=0)).all()


@each
def test_a_frozen_network_stays_as_it_is(name: str) -> None:
    model = contract.build(name, compile=False)
    model.decoder.trainable = False
    model.compile(**EAGER)
    before = model.decoder.get_weights()
    model.train_step(contract.batch())
    assert all(map(np.array_equal, model.decoder.get_weights(), before))


@each
def test_errors_come_before_training(name: str) -> None:
    model = contract.build(name, compile=False)
    with pytest.raises(ValueError, match=r"compile\(...\) before fit"):
        model.fit(contract.examples())
    with pytest.raises(ValueError, match=r"compile\(...\) before evaluate"):
        model.evaluate(contract.examples())
    with pytest.raises(TypeError, match=r"no argument .learning_rate.\. Choose from: .*jit"):
        model.compile(learning_rate=1e-3)
    model = contract.build(name)
    with pytest.raises(ValueError, match=r"decoder makes x of shape \(batch, 3\)"):
        model.fit(np.zeros((100, 5), "float32"))
    poisoned = contract.examples()
    poisoned[3, 1] = np.nan
    with pytest.raises(ValueError, match="1 of 300 values not finite"):
        model.fit(poisoned)
    with pytest.raises(ValueError, match="single examples"):
        model.fit(tf.data.Dataset.from_tensor_slices(contract.examples()))
    with pytest.raises(ValueError, match="empty data set"):
        model.fit(tf.data.Dataset.from_tensor_slices(contract.examples()).batch(10).take(0))
    with pytest.raises(ValueError, match="steps_per_epoch"):
        model.fit(tf.data.Dataset.from_tensor_slices(contract.examples()).batch(10).repeat())
    with pytest.raises(ValueError, match="steps_per_epoch must be an integer of at least 1"):
        model.fit(contract.examples(), steps_per_epoch=-3)
    with pytest.raises(ValueError, match="epochs must be an integer"):
        model.fit(contract.examples(), epochs=1.5)
    with pytest.raises(ValueError, match="1 of 300 values not finite"):
        model.fit(contract.examples(), validation_data=poisoned)
    with pytest.raises(ValueError, match="empty data set"):
        model.evaluate(tf.data.Dataset.from_tensor_slices(contract.examples()).batch(10).take(0))
    with pytest.raises(ValueError, match="needs data"):
        model.evaluate()
    for attribute, wrong in {"steps_per_execution": 0, "jit_compile": "x"}.items():
        right = getattr(model, attribute)
        setattr(model, attribute, wrong)
        with pytest.raises(ValueError, match=f"model.{attribute} must be"):
            model.fit(contract.examples())
        setattr(model, attribute, right)
    with pytest.raises(ValueError, match=r"seed must be an integer, but got 0\.5"):
        contract.construct(name, contract.networks(name), seed=0.5)
    assert int(model.step.numpy()) == 0


@by_the_shared_step
def test_broken_loss_stops_with_step_and_term(name: str, tmp_path: pathlib.Path) -> None:
    values = np.tile(contract.examples(), (3, 1))
    values[230] = np.inf
    plain = tf.data.Dataset.from_tensor_slices(values).batch(contract.BATCH, drop_remainder=True)
    # The first batch is checked before training; a later one breaks the loss.
    model = contract.ready(name)
    data = contract.dataset()
    model.prepare(data, data)
    backup = kfdiv.callbacks.ExactResume(tmp_path, every=1)
    with pytest.raises(FloatingPointError, match=r"not finite at step 11"):
        model.fit(plain, verbose=0, callbacks=[backup])
    assert backup.newest().name == "step-11"
    for method in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=r"needs finite weights, but .* an earlier fit broke"):
            method(data)
    # From the last backup on, the weights are good.
    model.fit(data, epochs=1, verbose=0, steps_per_epoch=12, callbacks=[backup])
    assert np.isfinite(model.evaluate(data, verbose=0)).all()
