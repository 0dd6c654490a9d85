import json
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv.optimizers import CompositeOptimizer

handover = keras.optimizers.schedules.PiecewiseConstantDecay
GRADIENTS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def composite():
    return CompositeOptimizer(
        [
            keras.optimizers.Adam(handover([2], [0.1, 0.0])),
            keras.optimizers.SGD(handover([2], [0.0, 0.5])),
        ]
    )


def follow(optimizers, wrap=lambda step: step):
    """Apply the k-th optimizer to the k-th gradient; return the variable after each."""
    variable = keras.Variable(np.ones(3, "float32"))
    steps = {}
    for optimizer in set(optimizers):
        optimizer.build([variable])
        steps[optimizer] = wrap(
            lambda gradient, optimizer=optimizer: optimizer.apply([gradient], [variable])
        )
    path = []
    for optimizer, gradient in zip(optimizers, GRADIENTS, strict=True):
        steps[optimizer](tf.constant(gradient))
        path.append(variable.numpy())
    return np.stack(path)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_hands_over_at_the_step(jit_compile):
    adam, sgd = keras.optimizers.Adam(0.1), keras.optimizers.SGD(0.5)
    expected = follow([adam] * 3 + [sgd] * 3)
    found = follow([composite()] * 6, tf.function(jit_compile=jit_compile))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


X, Y = GRADIENTS, GRADIENTS[:, :1]


def compiled(run_eagerly=True):
    """Return the same model every time; a graph of its steps takes longer than a few of them."""
    dense = keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seed=0))
    model = keras.Sequential([keras.Input((3,)), dense])
    model.compile(composite(), "mse", run_eagerly=run_eagerly)
    return model


def fit(model, epochs):
    model.fit(X, Y, batch_size=2, epochs=epochs, shuffle=False, verbose=0)


def test_state_and_configuration_survive(tmp_path):
    whole, half = compiled(), compiled()
    fit(whole, 2)
    fit(half, 1)
    half.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert len(loaded.optimizer.variables) == len(half.optimizer.variables)
    fit(loaded, 1)
    for ours, theirs in zip(whole.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_replicas_take_the_steps_of_one_device(two_replicas):
    one = compiled()
    with two_replicas.scope():
        two = compiled(run_eagerly=False)
    for model in (one, two):
        fit(model, 2)
    for ours, theirs in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("kind", ["file", "config"])
def test_what_was_saved_under_its_old_name_is_loaded(kind, tmp_path):
    """It was called Chain, in kfdiv.presets.chain."""
    model = compiled()
    fit(model, 1)
    new = {"CompositeOptimizer": "Chain", "kfdiv.optimizers.composite": "kfdiv.presets.chain"}
    if kind == "config":
        text = json.dumps(keras.saving.serialize_keras_object(model.optimizer))
        for ours, before in new.items():
            assert ours in text
            text = text.replace(ours, before)
        loaded = keras.saving.deserialize_keras_object(json.loads(text))
        assert loaded.get_config() == model.optimizer.get_config()
        return
    model.save(tmp_path / "new.keras")
    with (
        zipfile.ZipFile(tmp_path / "new.keras") as source,
        zipfile.ZipFile(tmp_path / "old.keras", "w") as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            for ours, before in new.items() if name == "config.json" else ():
                assert ours.encode() in data
                data = data.replace(ours.encode(), before.encode())
            target.writestr(name, data)
    loaded = keras.saving.load_model(tmp_path / "old.keras")
    fit(model, 1)
    fit(loaded, 1)
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def plain():
    return CompositeOptimizer([keras.optimizers.Adam(0.1), keras.optimizers.SGD(0.3)])


def test_its_learning_rate_is_that_of_the_part_whose_turn_it_is():
    optimizer = composite()
    variable = keras.Variable(np.ones(3, "float32"))
    found = []
    for gradient in GRADIENTS:
        found.append(float(optimizer.learning_rate))
        optimizer.apply([tf.constant(gradient)], [variable])
    assert found == pytest.approx([0.1] * 3 + [0.5] * 3)


def test_a_learning_rate_that_is_set_reaches_the_parts():
    optimizer, gradient = plain(), tf.constant(GRADIENTS[0])
    ours, theirs = (keras.Variable(np.ones(3, "float32")) for _ in range(2))
    optimizer.learning_rate = 0.2
    assert float(optimizer.learning_rate) == pytest.approx(0.2)
    assert [float(part.learning_rate) for part in optimizer.optimizers] == pytest.approx(
        [0.05, 0.15]
    )
    optimizer.apply([gradient], [ours])
    for part in (keras.optimizers.Adam(0.05), keras.optimizers.SGD(0.15)):
        part.apply([gradient], [theirs])
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


def test_callbacks_of_keras_reach_the_parts():
    """They set `learning_rate` of each of `optimizers` where there are such."""
    model = compiled()
    model.compile(plain(), "mse", run_eagerly=True)
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    model.fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[schedule])
    rates = [float(part.learning_rate) for part in model.optimizer.optimizers]
    assert rates == pytest.approx([0.1 / 4, 0.3 / 4])


@pytest.mark.parametrize(
    ("optimizer", "rate", "error", "message"),
    [
        (composite, 0.2, TypeError, r"cannot be set to 0\.2: its parts adam\w*, sgd\w* follow"),
        (
            plain,
            handover([2], [0.1, 0.0]),
            TypeError,
            r"consists of adam\w*, sgd\w*, and one schedule",
        ),
        (lambda: CompositeOptimizer([keras.optimizers.SGD(0.0)]), 0.2, ValueError, "are all 0"),
    ],
)
def test_a_learning_rate_that_cannot_reach_the_parts_is_refused(optimizer, rate, error, message):
    optimizer = optimizer()
    with pytest.raises(error, match=message):
        optimizer.learning_rate = rate


def test_all_weights_can_be_set():
    (x,), optimizers = [keras.Variable(np.ones(3, "float32"))], [composite(), composite()]
    for optimizer in optimizers:
        optimizer.build([x])
    for gradient in GRADIENTS:
        optimizers[0].apply([tf.constant(gradient)], [x])
    state = [variable.numpy() for variable in optimizers[0].variables]
    optimizers[1].set_weights(state)
    for found, expected in zip(optimizers[1].variables, state, strict=True):
        np.testing.assert_array_equal(found.numpy(), expected)
    with pytest.raises(ValueError, match="shorter"):
        optimizers[1].set_weights(state[:2])


def built():
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build([keras.Variable([1.0])])
    return optimizer


@pytest.mark.parametrize(
    ("part", "error", "message"),
    [
        (lambda: "adam", TypeError, r"got 'adam'\. Resolve names"),
        (built, ValueError, r"'sgd\w*' is in use already"),
        (lambda: keras.optimizers.SGD(0.1, use_ema=True), ValueError, "use_ema=True"),
        (lambda: keras.optimizers.SGD(0.1, loss_scale_factor=2.0), ValueError, "scales the loss"),
        (
            lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
            ValueError,
            "scales the loss",
        ),
    ],
)
def test_parts_that_would_not_do_what_they_say_are_refused(part, error, message):
    with pytest.raises(error, match=message):
        CompositeOptimizer([keras.optimizers.Adam(0.1), part()])


def test_needs_a_part():
    with pytest.raises(ValueError, match="at least one"):
        CompositeOptimizer([])
    with pytest.raises(ValueError, match="must already be built"):
        composite().apply([tf.constant(GRADIENTS[0])])
