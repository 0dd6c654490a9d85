import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv.presets import Chain

handover = keras.optimizers.schedules.PiecewiseConstantDecay
GRADIENTS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def chain():
    return Chain(
        [
            keras.optimizers.Adam(handover([2], [0.1, 0.0])),
            keras.optimizers.SGD(handover([2], [0.0, 0.5])),
        ]
    )


def follow(optimizers, jit_compile=False):
    """Apply the k-th optimizer to the k-th gradient; return the variable after each."""
    variable = keras.Variable(np.ones(3, "float32"))
    steps = {}
    for optimizer in set(optimizers):
        optimizer.build([variable])
        steps[optimizer] = tf.function(
            lambda gradient, optimizer=optimizer: optimizer.apply([gradient], [variable]),
            jit_compile=jit_compile,
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
    found = follow([chain()] * 6, jit_compile)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


X, Y = GRADIENTS, GRADIENTS[:, :1]


def compiled():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(chain(), "mse")
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
        two = compiled()
    for model in (one, two):
        fit(model, 2)
    for ours, theirs in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_needs_a_link():
    with pytest.raises(ValueError, match="at least one"):
        Chain([])
