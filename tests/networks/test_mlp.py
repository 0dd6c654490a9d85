import keras
import numpy as np
import pytest

from kfdiv.networks import mlp


def test_ring_networks_of_zhang_have_the_paper_s_size():
    # Zhang et al. 2019, section 3.1: five hidden layers of 400 units, x in R^3, z in R^2.
    encoder = mlp(3, (400,) * 5, 4)
    assert encoder.count_params() == (3 + 1) * 400 + 4 * (400 + 1) * 400 + (400 + 1) * 4
    assert [layer.activation.__name__ for layer in encoder.layers] == ["relu"] * 5 + ["linear"]


def test_images_are_flattened_in_and_reshaped_out():
    x = np.random.default_rng(0).normal(size=(5, 4, 3, 2)).astype("float32")
    network = mlp((4, 3, 2), (), (4, 3, 2))
    dense = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense))
    dense.set_weights([np.eye(24), np.arange(24.0)])
    np.testing.assert_allclose(network(x), x + np.arange(24.0).reshape(4, 3, 2), atol=1e-6)


def test_it_computes_the_formula():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 3))
    network = mlp(3, (5,), 2, activation="leaky_relu", output_activation="sigmoid")
    w1, b1, w2, b2 = (rng.normal(size=w.shape) for w in network.weights)
    network.set_weights([w1, b1, w2, b2])
    hidden = x @ w1 + b1
    hidden = np.where(hidden > 0, hidden, 0.2 * hidden)
    np.testing.assert_allclose(network(x), 1 / (1 + np.exp(-(hidden @ w2 + b2))), rtol=1e-5)


def test_a_layer_serves_as_activation_and_is_saved(tmp_path):
    network = mlp(2, (3,), 1, activation=keras.layers.LeakyReLU(0.01))
    network.layers[0].set_weights([-np.ones((2, 3)), np.zeros(3)])
    network.layers[1].set_weights([np.ones((3, 1)), np.zeros(1)])
    network.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    x = np.ones((1, 2), "float32")
    np.testing.assert_allclose(network(x), [[-0.06]], rtol=1e-6)
    np.testing.assert_allclose(loaded(x), [[-0.06]], rtol=1e-6)


@pytest.mark.parametrize("shape", [0, -1, 2.5, (), (28, None, 1), "28", None, (28, 0)])
def test_shapes_that_are_none_are_refused(shape):
    with pytest.raises(ValueError, match="output_shape must be a positive integer"):
        mlp(2, (4,), shape)
    with pytest.raises(ValueError, match="input_shape must be a positive integer"):
        mlp(shape, (4,), 2)


def test_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="reluu"):
        mlp(2, (4,), 2, activation="reluu")


def test_generator_and_encoder_of_shen_are_normalised():
    # Shen et al. 2020, appendix E.1: hidden layers of 500 units with BN and ReLU.
    generator = mlp(2, (500, 500), 2, batch_norm=True)
    hidden = ["Dense", "BatchNormalization", "Activation"]
    assert [type(layer).__name__ for layer in generator.layers] == [*2 * hidden, "Dense"]
    assert generator.count_params() == 2 * 500 + 500**2 + 2 * 4 * 500 + 501 * 2


def test_with_normalisation_it_computes_the_formula():
    network = mlp(3, (5,), 2, "tanh", batch_norm=True)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 3)).astype("float32")
    kernel, scale, shift, head, bias = (
        rng.normal(size=w.shape).astype("float32") for w in network.trainable_weights
    )
    for variable, value in zip(
        network.trainable_weights, (kernel, scale, shift, head, bias), strict=True
    ):
        variable.assign(value)
    h = x @ kernel
    h = np.tanh(scale * (h - h.mean(0)) / np.sqrt(h.var(0) + 1e-5) + shift)
    np.testing.assert_allclose(network(x, training=True), h @ head + bias, rtol=1e-4, atol=1e-5)
