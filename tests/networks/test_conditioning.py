"""Networks with a condition as a further input, whichever they are."""

import keras
import numpy as np
import pytest

from kfdiv import networks

K = 3
IMAGE = (8, 8, 2)
# The inputs before the condition, and the network.
CONDITIONED = {
    "mlp": ([(4, 4, 1)], lambda **c: networks.mlp((4, 4, 1), (8,), (2, 2), **c)),
    "mlp, normalised": ([(3,)], lambda **c: networks.mlp(3, (8,), 2, batch_norm=True, **c)),
    "conv_encoder": ([IMAGE], lambda **c: networks.conv_encoder(IMAGE, 4, (3,), **c)),
    "conv_decoder": ([(2,)], lambda **c: networks.conv_decoder(2, IMAGE, (3,), **c)),
    "zhang_encoder": ([(16, 16, 3)], lambda **c: networks.zhang_encoder((16, 16, 3), 4, 1, **c)),
    "zhang_decoder": ([(2,)], lambda **c: networks.zhang_decoder(2, (8, 8, 3), 1, **c)),
    "dcgan_encoder": ([IMAGE], lambda **c: networks.dcgan_encoder(IMAGE, 4, 2, **c)),
    "dcgan_generator": ([(2,)], lambda **c: networks.dcgan_generator(2, IMAGE, 2, True, **c)),
    "dcgan_critic": ([IMAGE, (2,)], lambda **c: networks.dcgan_critic(IMAGE, 2, 2, 8, **c)),
    "dcgan_critic, of x": ([IMAGE], lambda **c: networks.dcgan_critic(IMAGE, None, 2, 8, **c)),
    "joint_critic": ([(2, 3), (2,)], lambda **c: networks.joint_critic((2, 3), 2, (8,), **c)),
    "joint_critic, features": (
        [(3,), (2,)],
        lambda **c: networks.joint_critic(networks.mlp(3, (8,), 5), 2, (8,), **c),
    ),
    "joint_critic, conditional features": (
        [(3,), (2,)],
        lambda **c: networks.joint_critic(networks.mlp(3, (8,), 5, **c), 2, (8,), **c),
    ),
}

every_network = pytest.mark.parametrize("name", CONDITIONED)


@every_network
def test_the_condition_comes_after_what_it_joins_and_matters(name):
    shapes, make = CONDITIONED[name]
    network = make(condition_size=K, name="mine")
    assert network.name == "mine"
    found = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    assert found[: len(shapes) + 1] == [*shapes, (K,)]
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(2, *shape)).astype("float32") for shape in found]
    outputs = []
    for label in (0, 1):
        inputs[len(shapes)] = np.eye(K, dtype="float32")[[label, label]]
        outputs.append(network(inputs).numpy())
    assert outputs[0].shape == (2, *make().output_shape[1:])
    assert not np.isclose(*outputs).all()


@every_network
def test_without_one_nothing_changes(name):
    make = CONDITIONED[name][1]
    keras.utils.set_random_seed(0)
    plain = make()
    keras.utils.set_random_seed(0)
    none = make(condition_size=0)
    assert type(none) is type(plain)
    assert len(none.inputs) == len(plain.inputs)
    for a, b in zip(plain.get_weights(), none.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_is_saved_and_loaded(tmp_path):
    network = networks.dcgan_critic(IMAGE, 2, 2, 8, condition_size=K)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", compile=False)
    inputs = [np.ones((2, *tensor.shape[1:]), "float32") for tensor in network.inputs]
    np.testing.assert_array_equal(loaded(inputs), network(inputs))


@pytest.mark.parametrize("wrong", [-1, 2.5, "3"])
def test_its_size_is_a_count(wrong):
    with pytest.raises(ValueError, match="condition_size must be an integer of at least 0"):
        networks.mlp(2, (4,), 1, condition_size=wrong)


def test_features_of_another_condition_are_refused():
    features = networks.mlp(3, (8,), 5, condition_size=2)
    for size in (0, K):
        with pytest.raises(ValueError, match=rf"x and a condition of size condition_size={size}"):
            networks.joint_critic(features, 2, (8,), condition_size=size)
