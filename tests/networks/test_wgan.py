"""The networks of the WGAN authors' models/dcgan.py: its layers, counted, and its convolution."""

import keras
import numpy as np
import pytest

from kfdiv import networks


def kinds(network):
    return [type(layer).__name__ for layer in network.layers]


@pytest.mark.parametrize(("side", "counts"), [(32, (64, 128, 256)), (64, (64, 128, 256, 512))])
def test_sizes_are_the_authors(side, counts):
    shape = (side, side, 3)
    generator = networks.wgan_generator(100, shape)
    pairs = 16 * sum(a * b for a, b in zip((3, *counts), counts, strict=False))
    hidden = 4 * sum(counts)
    assert generator.count_params() == 100 * 16 * counts[-1] + pairs + hidden
    assert generator.output_shape == (None, *shape)
    assert generator.layers[-1].activation is keras.activations.tanh
    # The first convolution is not normalised.
    critic = networks.wgan_critic(shape)
    assert critic.count_params() == pairs + hidden - 4 * 64 + 16 * counts[-1] + 1
    plain = networks.wgan_critic(shape, batch_norm=False)
    assert "BatchNormalization" not in kinds(plain)
    assert {layer.negative_slope for layer in plain.layers if "Leaky" in str(layer)} == {0.2}
    # The generator transposed: the same weights but for the vector's size, and biases at its end.
    encoder = networks.wgan_encoder(shape, 100)
    assert encoder.count_params() == generator.count_params() + 100
    assert kinds(encoder)[-1] == "Dense"
    assert encoder.layers[-1].activation is keras.activations.linear


def test_its_convolution_pads_one_pixel_on_every_side():
    """Keras's "same" is the authors' padding of 1: checked by hand on one filter of ones."""
    critic = networks.wgan_critic((8, 8, 1), base_filters=1)
    layer = next(layer for layer in critic.layers if isinstance(layer, keras.layers.Conv2D))
    layer.set_weights([np.ones((4, 4, 1, 1))])
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 1)).astype("float32")
    padded = np.pad(x[0, :, :, 0], 1)
    expected = [[padded[i : i + 4, j : j + 4].sum() for j in (0, 2, 4, 6)] for i in (0, 2, 4, 6)]
    np.testing.assert_allclose(layer(x)[0, :, :, 0], expected, rtol=1e-4, atol=1e-5)


def test_sides_that_do_not_end_at_four_are_refused():
    for shape in ((28, 28, 3), (48, 48, 3)):
        with pytest.raises(ValueError, match=r"conv_encoder and conv_decoder"):
            networks.wgan_encoder(shape)
    assert networks.wgan_generator(2, (8, 16, 1), base_filters=2).output_shape == (None, 8, 16, 1)
