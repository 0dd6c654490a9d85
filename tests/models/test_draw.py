"""DRAW against the VAE that it is at one step, and what it is made of."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import random
from kfdiv.models.batch import Batch

X = np.random.default_rng(0).random((20, 4, 4, 1))


def double_precision() -> None:
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


def one_step_vae(draw: kfdiv.models.DRAW) -> kfdiv.models.VAE:
    """Return the VAE with the weights of a DRAW of one step, whose states are constants."""
    encoder, decoder = draw.encoder.network.layers[-1], draw.decoder.network.layers[-1]
    units, ops = 4, keras.ops

    def lstm(cell: keras.layers.Layer, inputs: object, constant: object, states: list) -> object:
        """The same gates, what is constant in their bias."""
        hidden, memory = (np.asarray(state) for state in states)
        kernel, recurrent, bias = (np.asarray(weight) for weight in cell.weights)
        size = inputs.shape[-1]
        gates = keras.layers.Dense(4 * units)
        outputs = gates(inputs)
        gates.set_weights([kernel[:size], bias + constant @ kernel[size:] + hidden @ recurrent])
        i, f, g, o = ops.split(outputs, 4, axis=-1)
        memory = ops.sigmoid(i) * ops.tanh(g) + ops.sigmoid(f) * memory
        return ops.sigmoid(o) * ops.tanh(memory)

    def dense(layer: keras.layers.Layer, inputs: object) -> object:
        copy = keras.layers.Dense(layer.units)
        outputs = copy(inputs)
        copy.set_weights(layer.get_weights())
        return outputs

    canvas = np.asarray(decoder.initial_canvas)
    x = keras.Input((4, 4, 1))
    flat = keras.layers.Flatten()
    seen = ops.concatenate([flat(x), flat(x - 1 / (1 + np.exp(-canvas)))], axis=-1)
    start = np.asarray(decoder.initial_states[0])
    hidden = lstm(encoder.cell, seen, start, encoder.initial_states)
    of_x = keras.Model(x, dense(encoder.posterior, hidden))
    z = keras.Input((3,))
    hidden = lstm(decoder.cell, z, np.zeros(0), decoder.initial_states)
    written = keras.layers.Reshape((4, 4, 1))(dense(decoder.write.dense, hidden))
    logits = keras.Model(z, written + canvas)
    return kfdiv.models.VAE(of_x, kfdiv.distributions.Bernoulli(logits))


def test_one_step_is_the_vae() -> None:
    double_precision()
    draw = kfdiv.models.DRAW((4, 4, 1), latent_size=3, steps=1, units=4)
    rng = np.random.default_rng(1)
    for variable in draw.trainable_variables:
        variable.assign(0.5 * rng.normal(size=variable.shape))
    vae = one_step_vae(draw)
    batch, seed = Batch.of(tf.constant(X)), random.seed(0, "elbo")
    for a, b in zip(draw.parts(batch, seed, True), vae.parts(batch, seed, True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize(
    "options", [{"read_size": 2, "write_size": 3}, {"stride": 2, "units": 3}, {"steps": 8}]
)
def test_gradients_are_finite_and_reach_every_weight(options: dict) -> None:
    settings = {"latent_size": 2, "steps": 3, "units": 4, "observation": "quantized_normal"}
    model = kfdiv.models.DRAW((4, 4, 1), **{**settings, **options})
    batch = Batch.of(tf.constant(X, tf.float32))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.add_n(model.parts(batch, random.seed(0, "loss"), True)))
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert np.isfinite(gradient).all(), variable.path
        assert np.abs(gradient).max() > 0, variable.path


def test_encoder_and_decoder_share_the_decoder_s_layer_saved_or_not(tmp_path) -> None:
    condition = kfdiv.networks.condition(3)
    model = kfdiv.models.DRAW(
        (4, 4, 1), 2, 3, 4, 2, 2, observation="quantized_normal", scale=0.1, condition=condition
    )
    model.save(tmp_path / "draw.keras")
    loaded = keras.saving.load_model(tmp_path / "draw.keras")
    for one in (model, loaded):
        recurrent = one.encoder.network.layers[-1]
        (own,) = [
            part for part in one.decoder.network.layers if part.name == recurrent.decoder.name
        ]
        assert own is recurrent.decoder
        assert len(one.trainable_variables) == len({v.path for v in one.trainable_variables})
    assert loaded.get_config()["read_size"] == 2
    x, y = X.astype("float32"), np.arange(20) % 3
    np.testing.assert_array_equal(
        loaded.reconstruct(x, condition=y), model.reconstruct(x, condition=y)
    )


def test_what_it_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="observation must be one of bernoulli, normal, quantized"):
        kfdiv.models.DRAW((4, 4, 1), 2, observation="poisson")
    with pytest.raises(ValueError, match="has size 5, but the decoder takes latents of size 6"):
        kfdiv.models.DRAW((4, 4, 1), 2, 3, prior=kfdiv.distributions.StandardNormal(5))
    with pytest.raises(ValueError, match=r"scale=0.1 makes no difference: a Bernoulli has no"):
        kfdiv.models.DRAW((4, 4, 1), 2, scale=0.1)
    model = kfdiv.models.DRAW((4, 4, 1), 2, 3, 4)
    with pytest.raises(ValueError, match="bounds forward KL alone"):
        model.compile(divergence="rkl")
    model.compile(run_eagerly=True)
    with pytest.raises(ValueError, match=r"describes data in \[0, 1\]"):
        model.fit(X + 1.0)
