"""What Keras lets users hand over works for every objective, or is refused by name."""

from __future__ import annotations

import pathlib
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract
from tests.models.contract import by_the_shared_step, each

EAGER = contract.MODES["eager"]
X = contract.examples()[: contract.BATCH]


def optimizers(name: str, **options: object) -> dict[str, keras.optimizers.Optimizer]:
    """Return a new optimizer for every role that has something to train, by argument."""
    return {keyword: keras.optimizers.Adam(1e-2, **options) for keyword in contract.roles(name)}


def moved(before: list[np.ndarray], layers: list[keras.layers.Layer]) -> list[np.ndarray]:
    after = [v.numpy() for layer in layers for v in layer.trainable_variables]
    return [b - a for a, b in zip(before, after, strict=True)]


def values(layers: list[keras.layers.Layer]) -> list[np.ndarray]:
    return [v.numpy() for layer in layers for v in layer.trainable_variables]


@pytest.fixture
def fixed_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every draw the same noise, so that how many there are does not matter."""

    def fixed(shape: object, seed: tf.Tensor, dtype: str = "float32") -> tf.Tensor:
        return tf.broadcast_to(tf.constant(0.3, dtype), shape)

    monkeypatch.setattr(kfdiv.random, "normal", fixed)
    monkeypatch.setattr(kfdiv.random, "uniform", fixed)


class Added(keras.layers.Layer):
    """Adds its inputs' size to the loss."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        self.add_loss(100.0 * tf.reduce_mean(tf.square(inputs)))
        return inputs


def costly(inputs: list[int], outputs: int, kind: str) -> keras.Model:
    """Return a linear network whose weights, outputs, or a layer of it, cost something."""
    options = {"weights": {"kernel_regularizer": "l2"}, "outputs": {"activity_regularizer": "l2"}}
    x = [keras.Input((size,)) for size in inputs]
    y = keras.layers.Concatenate()(x) if len(x) > 1 else x[0]
    layer = keras.layers.Dense(outputs, **options.get(kind, {}))
    for attribute in ("kernel_regularizer", "activity_regularizer"):
        if getattr(layer, attribute) is not None:
            setattr(layer, attribute, keras.regularizers.L2(100.0))
    y = layer(y)
    return keras.Model(x if len(x) > 1 else x[0], Added()(y) if kind == "layer" else y)


def networks(name: str, kind: str) -> dict[str, keras.layers.Layer]:
    event, latent = contract.EVENT, contract.LATENT
    parts = contract.networks(name)
    random.seed(0)
    return parts | {
        "encoder": costly([event], 2 * latent, kind),
        "decoder": kfdiv.distributions.Normal(costly([latent], event, kind), scale=0.5),
        "critic": costly([event, latent], 1, kind),
        "density": kfdiv.flows.Unnormalized(costly([event], 1, kind)),
        "data_critic": costly([event], 1, kind),
        "code_critic": costly([latent], 1, kind),
    }


@by_the_shared_step
@pytest.mark.parametrize("kind", ["weights", "outputs", "layer"])
def test_what_layers_add_is_in_their_roles_loss(name: str, kind: str, fixed_noise: None) -> None:
    """A step of every role shrinks what costs something, and the logs tell."""
    if name not in contract.GIVEN:
        pytest.skip("makes its own networks")
    rate = 1e-3
    changes, logs = [], []
    for chosen in ("nothing", kind):
        model = contract.construct(name, networks(name, chosen))
        rates = {keyword: keras.optimizers.SGD(rate) for keyword in contract.roles(name)}
        model.compile(**rates, **EAGER)
        roles = {role.name: role.layers(model) for role in model.roles if role.layers(model)}
        before = {role: values(layers) for role, layers in roles.items()}
        logs.append({key: float(value) for key, value in model.train_step(tf.constant(X)).items()})
        changes.append({role: moved(before[role], roles[role]) for role in roles})
    assert logs[1]["loss"] > logs[0]["loss"] + 1.0
    for role in roles:
        if role == "reconstructor":
            continue
        for plain, regularised, start in zip(
            changes[0][role], changes[1][role], before[role], strict=True
        ):
            updates = int(model.optimizer_of(role).iterations)
            if start.ndim == 2 and kind == "weights" and updates == 1:
                # The gradient of 100 |W|^2; that of the rest is some units.
                np.testing.assert_allclose(regularised - plain, -rate * 200.0 * start, atol=0.05)
        assert any(
            np.abs(a - b).max() > 1e-3
            for a, b in zip(changes[0][role], changes[1][role], strict=True)
        ), role


@each
def test_an_example_of_weight_zero_takes_no_part(name: str, fixed_noise: None) -> None:
    # Infinite in their values, or in their gradients alone.
    far = np.where(np.arange(contract.BATCH)[:, None] % 2, 1e30, np.nan).astype("float32") + X
    weight = np.repeat([2.0, 0.0], contract.BATCH).astype("float32")
    models = []
    for data in (tf.constant(X), (tf.constant(np.concatenate([X, far])), (), tf.constant(weight))):
        rates = {keyword: keras.optimizers.SGD(1e-2) for keyword in contract.roles(name)}
        models.append(contract.build(name, **rates, **EAGER))
        models[-1].train_step(data)
    for a, b in zip(*map(contract.weights, models), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@each
def test_weights_are_those_of_evaluations(name: str, fixed_noise: None) -> None:
    model = contract.build(name, **EAGER)
    plain = model.evaluate(np.concatenate([X, X[:5], X[:5]]), verbose=0, return_dict=True)
    counts = np.where(np.arange(25) < 5, 3.0, np.where(np.arange(25) < 20, 1.0, 0.0))
    both = np.concatenate([X, X[:5] + 50.0])
    weighted = model.evaluate(both, sample_weight=counts, verbose=0, return_dict=True)
    for key, value in plain.items():
        if not key.endswith("_se"):
            assert weighted[key] == pytest.approx(value, rel=1e-5, abs=1e-6), key
        else:  # Of a figure of the model alone, and of fixed noise, it is zero.
            assert (weighted[key] > 0) == (value > 0), key


@by_the_shared_step
def test_weights_below_zero_are_named_in_any_batch(name: str) -> None:
    weight = np.ones(2 * contract.BATCH, "float32")
    weight[-1] = -1.0
    data = tf.data.Dataset.from_tensor_slices((np.tile(X, (2, 1)), weight, weight))
    model = contract.build(name, **EAGER)
    with pytest.raises(
        FloatingPointError, match=r"weights \(below zero\?\)` was not finite at step 1"
    ):
        model.fit(data.batch(contract.BATCH), verbose=0)


@by_the_shared_step
def test_fit_takes_weights_from_everywhere(name: str) -> None:
    """As arrays, by class, in data sets; and for validation."""
    labels = np.arange(contract.BATCH) % 2
    weight = np.where(labels, 0.5, 1.0).astype("float32")
    dataset = tf.data.Dataset.from_tensors((X, labels, weight))
    ways = (
        {"x": X, "sample_weight": weight, "validation_data": (X, labels, weight)},
        {"x": X, "y": labels, "class_weight": {1: 0.5}, "validation_data": dataset},
        {"x": dataset, "validation_data": X},
    )
    results = []
    for way in ways:
        model = contract.build(name, **EAGER)
        history = model.fit(**way, shuffle=False, verbose=0).history
        results.append((contract.weights(model), history))
    for other in results[1:]:
        for a, b in zip(results[0][0], other[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    first, second, unweighted = (
        {key: values[-1] for key, values in history.items() if key.startswith("val_")}
        for _, history in results
    )
    assert first == pytest.approx(second, rel=1e-5)
    assert first != pytest.approx(unweighted, rel=1e-5)


@by_the_shared_step
def test_averages_of_weights_are_the_final_weights(name: str) -> None:
    model = contract.build(name, **optimizers(name, use_ema=True, ema_momentum=0.9), **EAGER)
    swap = keras.callbacks.SwapEMAWeights()
    model.fit(X, epochs=2, verbose=0, validation_data=X, callbacks=[swap])
    for role in model.roles:
        optimizer = model.optimizer_of(role.name)
        if optimizer is None:
            continue
        before = [v.numpy() for v in model.optimizer.variables_of(role.name)]
        # Once more: nothing changes, so these were the averages.
        optimizer.finalize_variable_values(list(model.optimizer.variables_of(role.name)))
        for a, v in zip(before, model.optimizer.variables_of(role.name), strict=True):
            np.testing.assert_array_equal(a, v.numpy())
        assert int(optimizer.iterations) > 0


@by_the_shared_step
def test_averages_leave_a_frozen_network_alone(name: str) -> None:
    model = contract.build(name, **optimizers(name, use_ema=True, ema_momentum=0.9), **EAGER)
    model.fit(X, verbose=0)
    model.decoder.trainable = False
    model.decoder.set_weights([value + 1.0 for value in model.decoder.get_weights()])
    before = model.decoder.get_weights()
    model.fit(X, verbose=0)
    assert all(map(np.array_equal, model.decoder.get_weights(), before))


@by_the_shared_step
def test_averages_overwrite_weights_as_often_as_asked(name: str) -> None:
    most = max(update.steps for update in contract.ready(name, "eager").updates())
    options = {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3 * most}
    plain, averaged = (
        contract.build(name, **optimizers(name, **chosen), **EAGER) for chosen in ({}, options)
    )
    for model in (plain, averaged):
        model.train_step(tf.constant(X))
    for a, b in zip(plain.get_weights(), averaged.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for model in (plain, averaged):
        model.train_step(tf.constant(X))
        model.train_step(tf.constant(X))
    assert any(
        not np.array_equal(a, b)
        for a, b in zip(plain.get_weights(), averaged.get_weights(), strict=True)
    )


@by_the_shared_step
def test_callbacks_of_keras_reach_every_role(name: str, tmp_path: pathlib.Path) -> None:
    model = contract.build(name, **optimizers(name), **EAGER)
    seen = []
    remember = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(model.get_weights())
    )
    history = model.fit(
        X,
        epochs=3,
        verbose=0,
        callbacks=[
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
            keras.callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=1e9),
            keras.callbacks.ModelCheckpoint(
                tmp_path / "{epoch}.weights.h5", save_weights_only=True
            ),
            remember,
            # Nothing improves on the first epoch, whose weights come back.
            keras.callbacks.EarlyStopping("loss", 1e9, 1, mode="min", restore_best_weights=True),
        ],
    )
    assert len(history.epoch) == 2
    for role in model.roles:
        optimizer = model.optimizer_of(role.name)
        if optimizer is not None:
            assert float(optimizer.learning_rate) == pytest.approx(1e-2 * 0.5 * 0.5 * 0.1, rel=1e-4)
    networks = {id(v) for role in model.roles for one in role.layers(model) for v in one.weights}
    for variable, first in zip(model.weights, seen[0], strict=True):
        if id(variable) in networks:
            np.testing.assert_array_equal(variable.numpy(), first)
    model.load_weights(tmp_path / "2.weights.h5")
    for variable, last in zip(model.weights, seen[1], strict=True):
        np.testing.assert_array_equal(variable.numpy(), last)
    with pytest.raises(ValueError, match=r"kfdiv.callbacks.ExactResume"):
        model.fit(X, callbacks=keras.callbacks.BackupAndRestore(tmp_path))


@by_the_shared_step
def test_learning_rates_may_be_schedules_or_be_set_between_fits(name: str) -> None:
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-2, 0.0])
    chosen = {keyword: keras.optimizers.SGD(schedule) for keyword in contract.roles(name)}
    model = contract.build(name, **chosen, **EAGER)
    for variable in [model.optimizer_of(role.name) for role in model.roles]:
        if variable is not None:
            assert float(variable.learning_rate) == pytest.approx(1e-2)
    model, data = contract.ready(name), contract.dataset(steps=1)
    model.fit(data, verbose=0)
    # What was traced holds no rate. Without their momentum, weights stand still.
    model.optimizer.learning_rate = 0.0
    for variable in model.optimizer.variables:
        if len(variable.shape):
            variable.assign(tf.zeros_like(variable.value))
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(data, verbose=0)
    for a, v in zip(before, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, v.numpy())


@by_the_shared_step
def test_compiling_again_keeps_the_moments_of_the_same_optimizers(name: str) -> None:
    chosen = optimizers(name)
    model = contract.build(name, **chosen, **EAGER)
    model.train_step(tf.constant(X))
    before = [v.numpy() for v in model.optimizer.variables]
    # The same objects, or the group that stands for them all.
    for given in (chosen, dict.fromkeys(chosen, model.optimizer)):
        model.compile(**given, **EAGER)
        for a, v in zip(before, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(a, v.numpy())
    assert all(optimizer.iterations > 0 for optimizer in chosen.values())
    if len(chosen) > 1:
        one = keras.optimizers.Adam()
        with pytest.raises(ValueError, match=r"are the same Adam object, but every role needs"):
            model.compile(**dict.fromkeys(chosen, one))


@by_the_shared_step
def test_arguments_of_fit_and_compile_work_or_say_what_to_do(name: str) -> None:
    model = contract.build(name, compile=False)
    with pytest.raises(TypeError, match=r"no argument 'metrics'. Here further figures .* Choose"):
        model.compile(metrics=["mae"])
    with pytest.raises(TypeError, match=r"no argument 'jit_compil'\. Did you mean 'jit_compile'"):
        model.compile(jit_compil=True)
    model = contract.build(name, **EAGER)
    with pytest.raises(
        TypeError, match=r"fit has no argument 'workers'\. Choose from: x, y, batch"
    ):
        model.fit(X, workers=2)
    with pytest.raises(ValueError, match="class_weight weighs examples by integer labels"):
        model.fit(X, class_weight={0: 1.0})
    labels = np.arange(len(X)) % 3
    with pytest.raises(TypeError, match="must be a dict of integer labels"):
        model.fit(X, labels, class_weight={"0": 0.0})
    with pytest.raises(ValueError, match=r"labels \[7\], none of which is among those of y"):
        model.fit(X, labels, class_weight={7: 0.0})
    with pytest.raises(ValueError, match=r"must have shape \(20,\), a weight an example"):
        model.fit(X, labels, class_weight={0: 0.0}, sample_weight=np.ones((20, 1)))
    with pytest.raises(ValueError, match="validation_steps came without validation_data"):
        model.fit(X, validation_steps=2)
    with pytest.raises(ValueError, match="validation_freq must be an integer of at least 1"):
        model.fit(X, validation_data=X, validation_freq=0)
    with pytest.raises(ValueError, match="validation_data come from a generator"):
        model.fit(X, epochs=2, validation_data=iter([X]))
    with pytest.raises(ValueError, match="belongs to none of its roles"):
        model.add_loss(1.0)
    with pytest.raises(TypeError, match=r"evaluate has no argument 'stepz'\. Did you mean 'steps'"):
        model.evaluate(X, stepz=3)
    with pytest.raises(ValueError, match="not both"):
        model.fit(X, validation_split=0.5, validation_data=X)
    history = model.fit(
        X,
        initial_epoch=2,
        epochs=3,
        validation_split=0.5,
        verbose=0,
        callbacks=keras.callbacks.TerminateOnNaN(),
    )
    assert history.epoch == [2]
    assert "val_loss" in history.history
    assert int(model.step.numpy()) == 1


@each
def test_weights_of_two_roles_and_of_none_are_named(name: str) -> None:
    parts = contract.networks(name)
    shared = kfdiv.networks.mlp((contract.EVENT,), [4], 1)
    model = contract.construct(name, parts)
    model.extra = shared
    with pytest.raises(ValueError, match="belongs to none of the roles"):
        model.compile()
    shared.trainable = False
    model.compile(jit_compile=False)
    model.decoder.trainable = False
    model.compile(jit_compile=False)
    model.decoder.trainable = True
    with pytest.raises(ValueError, match=r"was frozen when the model was compiled.*compile\("):
        model.fit(X, verbose=0)
