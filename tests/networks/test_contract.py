"""What every network promises, whichever it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import networks

NETWORKS = {
    "mlp": lambda **options: networks.mlp((4, 4, 1), (8, 8), (2, 3), **options),
    "conv_encoder": lambda **options: networks.conv_encoder((8, 8, 1), 4, (3, 5), **options),
    "conv_decoder": lambda **options: networks.conv_decoder(2, (8, 8, 1), (5, 3), **options),
    "zhang_encoder": lambda **options: networks.zhang_encoder((16, 16, 3), 4, 2, **options),
    "zhang_decoder": lambda **options: networks.zhang_decoder(2, (16, 16, 3), 2, **options),
}


@pytest.fixture(params=NETWORKS)
def make(request):
    return NETWORKS[request.param]


def inputs_of(network, batch=6):
    shape = (batch, *network.input_shape[1:])
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_every_public_network_is_tried_here():
    assert set(NETWORKS) == set(networks.__all__)


def test_it_is_built_and_takes_a_name(make):
    network = make(name="mine")
    assert network.built
    assert network.name == "mine"
    assert network(inputs_of(network)).shape == (6, *network.output_shape[1:])


def test_saved_and_loaded_it_gives_the_same_outputs(make, tmp_path):
    network = make()
    x = inputs_of(network)
    network(x, training=True)  # moves the statistics of batch normalisation off their start
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_array_equal(loaded(x), network(x))


def test_every_trainable_weight_gets_a_gradient(make):
    network = make()
    x = inputs_of(network)
    with tf.GradientTape() as tape:
        output = network(x, training=True)
        loss = tf.reduce_sum(output * np.random.default_rng(1).normal(size=output.shape))
    gradients = tape.gradient(loss, network.trainable_variables)
    dead = [
        variable.path
        for variable, gradient in zip(network.trainable_variables, gradients, strict=True)
        if gradient is None or not np.any(gradient)
    ]
    assert dead == []


def test_eager_graph_and_xla_agree(make):
    network = make()
    x = inputs_of(network)
    expected = network(x, training=True)
    for jit_compile in (False, True):
        compiled = tf.function(lambda x: network(x, training=True), jit_compile=jit_compile)
        np.testing.assert_allclose(compiled(x), expected, rtol=1e-4, atol=1e-5)


def test_it_follows_the_default_dtype(make):
    keras.config.set_dtype_policy("float64")
    network = make()
    assert network(inputs_of(network)).dtype == tf.float64
