"""What every network promises, whichever it is."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import networks
from tests.compiled import graph_and_xla

NETWORKS = {
    "mlp": lambda **options: networks.mlp((4, 4, 1), (8, 8), (2, 3), **options),
    "mlp, normalised": lambda **options: networks.mlp(3, (8, 8), 2, batch_norm=True, **options),
    "conv_encoder": lambda **options: networks.conv_encoder((8, 8, 1), 4, (3, 5), **options),
    "conv_decoder": lambda **options: networks.conv_decoder(2, (8, 8, 1), (5, 3), **options),
    "zhang_encoder": lambda **options: networks.zhang_encoder((16, 16, 3), 4, 2, **options),
    "zhang_decoder": lambda **options: networks.zhang_decoder(2, (16, 16, 3), 2, **options),
    "dcgan_encoder": lambda **options: networks.dcgan_encoder((8, 8, 3), 4, 2, **options),
    "dcgan_generator": lambda **options: networks.dcgan_generator(
        2, (8, 8, 3), 2, noise=True, **options
    ),
    "dcgan_critic": lambda **options: networks.dcgan_critic((8, 8, 3), 2, 2, 8, **options),
    "joint_critic": lambda **options: networks.joint_critic((2, 3), 2, (8, 8), **options),
    "joint_critic, normalised": lambda **options: networks.joint_critic(
        networks.mlp(3, (8,), 5), 2, (8, 8), "elu", spectral_normalization=True, **options
    ),
    "sagan_generator": lambda **options: networks.sagan_generator(
        2, (16, 16, 3), 2, noise=True, **options
    ),
    "sagan_features": lambda **options: networks.sagan_features((16, 16, 3), 2, **options),
    "sagan_critic": lambda **options: networks.sagan_critic((16, 16, 3), 2, 2, (8,), **options),
    "rosca_generator": lambda **options: networks.rosca_generator(2, (8, 8, 3), 2, **options),
    "rosca_encoder": lambda **options: networks.rosca_encoder((8, 8, 3), 4, 2, **options),
    "rosca_critic": lambda **options: networks.rosca_critic(
        (8, 8, 3), 2, latent_size=2, code_units=4, head_units=4, **options
    ),
    "rosca_code_critic": lambda **options: networks.rosca_code_critic(2, 8, **options),
    "wgan_generator": lambda **options: networks.wgan_generator(2, (8, 8, 3), 2, **options),
    "wgan_encoder": lambda **options: networks.wgan_encoder((8, 8, 3), 4, 2, **options),
    "wgan_critic": lambda **options: networks.wgan_critic(
        (8, 8, 3), 2, latent_size=2, code_units=4, head_units=4, **options
    ),
    "implicit_encoder": lambda **options: networks.implicit_encoder(
        networks.mlp((4, 4, 1), (8,), 3), 2, units=4, **options
    ),
    "resnet_encoder": lambda **options: networks.resnet_encoder(
        (16, 16, 3), 4, (8, 8, 8), filters=(2, 3), blocks=(2, 2), **options
    ),
}


# All of it is within `sagan_critic`.
TRIED = [
    pytest.param(name, marks=pytest.mark.rehearsal if name == "sagan_features" else ())
    for name in NETWORKS
]
# Of Keras's layers in the order of other networks here, or of layers compiled elsewhere one by one:
# whole, they take longer than all the others.
SLOW_TO_COMPILE = (
    "sagan",
    "zhang",
    "wgan",
    "dcgan_encoder",
    "dcgan_critic",
    "resnet",
    "joint_critic, normalised",
)


@pytest.fixture(params=TRIED)
def make(request):
    return NETWORKS[request.param]


@pytest.fixture(scope="module", params=TRIED)
def network(request):
    """One network for every test that can do with it: to build it takes longest.

    Every weight is moved, since one that starts at zero can hide others from the gradient, and from
    a copy what does not come back.
    """
    network = NETWORKS[request.param](name="mine")
    rng = np.random.default_rng(2)
    for variable in network.trainable_variables:
        variable.assign_add(0.1 * rng.normal(size=variable.shape))
    return network


def inputs_of(network, batch=6):
    rng = np.random.default_rng(0)
    shapes = [(batch, *tensor.shape[1:]) for tensor in network.inputs]
    inputs = [rng.normal(size=shape).astype("float32") for shape in shapes]
    return inputs if len(inputs) > 1 else inputs[0]


def test_every_public_network_is_tried_here():
    public = {name: getattr(networks, name) for name in networks.__all__}
    functions = {name for name, value in public.items() if inspect.isfunction(value)}
    # What a model is conditional on is no network.
    assert {name.split(",")[0] for name in NETWORKS} == functions - {"condition"}


def test_it_is_built_and_takes_a_name(network):
    assert network.built
    assert network.name == "mine"
    assert network(inputs_of(network)).shape == (6, *network.output_shape[1:])


def test_saved_and_loaded_it_gives_the_same_outputs(network, tmp_path):
    x = inputs_of(network)
    network(x, training=True)  # moves the weights that are not trained off their start
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_array_equal(loaded(x), network(x))
    for ours, theirs in zip(network.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_every_trainable_weight_gets_a_gradient(network):
    x = inputs_of(network)
    with tf.GradientTape() as tape:
        output = network(x, training=True)
        loss = tf.reduce_sum(output * np.random.default_rng(1).normal(size=output.shape))
    gradients = tape.gradient(loss, network.trainable_variables)
    largest = max(float(tf.reduce_max(tf.abs(gradient))) for gradient in gradients)
    dead = [
        variable.path
        for variable, gradient in zip(network.trainable_variables, gradients, strict=True)
        if gradient is None or np.abs(gradient).max() < 1e-6 * largest
    ]
    assert dead == []


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(name, marks=pytest.mark.rehearsal if name.startswith(SLOW_TO_COMPILE) else ())
        for name in NETWORKS
    ],
    indirect=True,
)
def test_eager_graph_and_xla_agree(network):
    x = inputs_of(network)
    start = [variable.numpy() for variable in network.non_trainable_variables]
    expected = network(x, training=True)
    moved = [variable.numpy() for variable in network.non_trainable_variables]
    for compiled in graph_and_xla(lambda x: network(x, training=True)):
        for variable, value in zip(network.non_trainable_variables, start, strict=True):
            variable.assign(value)
        np.testing.assert_allclose(compiled(x), expected, rtol=1e-4, atol=1e-5)
        for variable, value in zip(network.non_trainable_variables, moved, strict=True):
            np.testing.assert_allclose(variable, value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("policy", ["float64", "mixed_bfloat16"])
def test_it_follows_the_default_dtype(make, policy):
    keras.config.set_dtype_policy(policy)
    network = make()
    output = network(inputs_of(network), training=True)
    assert output.dtype == keras.config.dtype_policy().compute_dtype
    assert np.isfinite(tf.cast(output, tf.float32)).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: networks.mlp(2, (), 1, batch_norm=True), "batch_norm=True .* units=.. has none"),
        (lambda: networks.rosca_critic((8, 8, 3), 2, code_units=4), "code_units=4 .* x alone"),
        (lambda: networks.rosca_critic((8, 8, 3), 2, head_units=4), "head_units=4 .* x alone"),
        (lambda: networks.wgan_critic((32, 32, 3), 2, head_units=4), "head_units=4 .* x alone"),
        (lambda: networks.sagan_critic((16, 16, 3), None, 2, (8,)), r"units=.8,. .* x alone"),
    ],
)
def test_what_would_make_no_difference_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
