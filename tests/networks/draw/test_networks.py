"""DRAW's recurrence against NumPy, its cell against Keras's layer, and its graph's size."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv.networks import draw
from tests.networks.draw import oracle

RNG = np.random.default_rng(0)


def randomized(network: keras.Model, scale: float = 0.4) -> keras.layers.Layer:
    """Return the network's recurrent layer, every weight moved: several start at zero."""
    layer = network.layers[-1]
    for variable in layer.weights:
        variable.assign(scale * RNG.normal(size=variable.shape))
    return layer


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((4, 6, 2), {}),
        ((4, 6, 2), {"read_size": 3, "write_size": 2}),
        ((3,), {"link": "linear"}),
    ],
)
def test_the_recurrence_is_that_of_the_equations(shape, options):
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    networks = draw.networks(shape, latent_size=2, steps=3, units=4, **options)
    encoder = randomized(networks[0])
    x, noise = RNG.normal(size=(2, *shape)), RNG.normal(size=(2, 6))
    z, loc, scale = encoder.unroll(tf.constant(x), noise=tf.constant(noise))
    canvas = networks[1](z)
    for n in range(2):
        expected = oracle.run(encoder, x[n], noise[n])
        for name, found in {"z": z, "loc": loc, "scale": scale, "canvas": canvas}.items():
            np.testing.assert_allclose(found[n], expected[name], rtol=1e-10, err_msg=name)
    for a, b in zip(encoder.unroll(tf.constant(x), z=z), (z, loc, scale), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    expected = oracle.run(encoder, x[0], np.zeros(6))["z"]
    np.testing.assert_allclose(networks[0](x)[0], expected, rtol=1e-10)


def test_the_convolutional_cell_is_keras_s():
    cell = draw.ConvLSTMCell((4, 5, 3))
    cell.build((None, 4, 5, 2))
    bias, kernel = (RNG.normal(size=one.shape).astype("float32") for one in cell.weights)
    cell.set_weights([bias, kernel])
    layer = keras.layers.ConvLSTM2D(3, 3, padding="same", recurrent_activation="sigmoid")
    layer.build((None, None, 4, 5, 2))
    layer.set_weights([kernel[:, :, :2], kernel[:, :, 2:], bias])
    x = RNG.normal(size=(2, 3, 4, 5, 2)).astype("float32")
    state = [tf.zeros((2, 4, 5, 3))] * 2
    for t in range(3):
        hidden, state = cell(x[:, t], state)
    np.testing.assert_allclose(hidden, layer(x), rtol=1e-5, atol=1e-6)


def test_maps_of_latents_and_a_canvas_of_the_image_s_size():
    encoder, decoder = draw.networks((8, 4, 2), latent_size=3, steps=2, units=5, stride=2)
    assert encoder.output_shape == (None, 2 * 4 * 2 * 3)
    assert encoder.layers[-1].cell.state_size == [(4, 2, 5)] * 2
    assert decoder(np.zeros((3, 48))).shape == (3, 8, 4, 2)
    # All of it takes part: a change of any latent moves the canvas.
    layer = randomized(decoder)
    z = tf.constant(RNG.normal(size=(1, 48)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(z)
        total = tf.reduce_sum(tf.square(layer(z)))
    assert (np.abs(tape.gradient(total, z)) > 0).all()


def test_a_graph_does_not_grow_with_the_steps():
    sizes = []
    for steps in (2, 30):
        encoder, _ = draw.networks(3, latent_size=2, steps=steps, units=4)
        graph = tf.function(encoder, autograph=False).get_concrete_function(tf.zeros((5, 3))).graph
        sizes.append(len(graph.get_operations()))
    assert sizes[0] == sizes[1]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"event_shape must be \(height, width, channels\)"):
        draw.networks(3, latent_size=2, read_size=2)
    with pytest.raises(ValueError, match="divisible by 3"):
        draw.networks((8, 8, 1), latent_size=2, stride=3)
    with pytest.raises(ValueError, match=r"take their place: got read_size=2, .* stride=2\. Leave"):
        draw.networks((8, 8, 1), latent_size=2, read_size=2, stride=2)
    with pytest.raises(ValueError, match="write_size must be an integer of at least 2, but got 1"):
        draw.networks((8, 8, 1), latent_size=2, write_size=1)
    with pytest.raises(ValueError, match="steps must be an integer of at least 1, but got 0"):
        draw.networks((8, 8, 1), latent_size=2, steps=0)
