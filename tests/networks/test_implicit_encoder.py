import keras
import numpy as np
import pytest

from kfdiv import networks


def test_it_is_two_dense_layers_of_features_and_noise():
    features = networks.mlp(3, [], 2)
    encoder = networks.implicit_encoder(features, latent_size=4, noise_size=5, units=6)
    kernel, bias, weights, shift = encoder.get_weights()[2:]
    rng = np.random.default_rng(0)
    x, noise = (rng.normal(size=(7, size)).astype("float32") for size in (3, 5))
    hidden = np.concatenate([features(x), noise], axis=1) @ kernel + bias
    hidden = np.where(hidden > 0, hidden, 0.2 * hidden)
    np.testing.assert_allclose(encoder([x, noise]), hidden @ weights + shift, rtol=1e-4, atol=1e-5)
    assert encoder.count_params() == 8 + 7 * 6 + 6 + 6 * 4 + 4


def test_features_that_are_no_vectors_are_refused():
    image = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=r"gives shape \(None, 6, 6, 2\); expected one input"):
        networks.implicit_encoder(image, 2)
    two = networks.mlp(3, [], 2, condition_size=2)
    with pytest.raises(ValueError, match="takes 2 inputs"):
        networks.implicit_encoder(two, 2)
