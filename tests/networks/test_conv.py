import keras
import numpy as np
import pytest

from kfdiv.networks import conv_decoder, conv_encoder

SIZES = [(8, 8, 1), (16, 16, 1), (28, 28, 1), (32, 32, 3), (7, 10, 2), (1, 1, 1)]


@pytest.mark.parametrize("stages", [1, 2, 3])
@pytest.mark.parametrize("shape", SIZES)
def test_the_decoder_passes_through_the_encoder_s_sides(shape, stages):
    filters = (4, 5, 6)[:stages]
    encoder = conv_encoder(shape, 3, filters)
    decoder = conv_decoder(3, shape, filters[::-1])
    down = [encoder.input_shape] + [
        layer.output.shape for layer in encoder.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    up = [
        layer.output.shape
        for layer in decoder.layers
        if isinstance(layer, keras.layers.Reshape | keras.layers.Conv2DTranspose)
    ]
    assert up == down[::-1]
    assert decoder.output_shape == (None, *shape)
    assert decoder(np.zeros((2, 3), "float32")).shape == (2, *shape)


def test_28_grows_as_4_7_14_28():
    decoder = conv_decoder(2, (28, 28, 1), (8, 8, 8))
    sides = [layer.output.shape[1] for layer in decoder.layers[1:]]
    assert sides == [4, 7, 14, 28]


def test_parameter_counts():
    encoder = conv_encoder((28, 28, 1), 4, (32, 64), kernel_size=3)
    convolutions = (9 * 1 + 1) * 32 + (9 * 32 + 1) * 64
    assert encoder.count_params() == convolutions + (7 * 7 * 64 + 1) * 4
    decoder = conv_decoder(2, (28, 28, 1), (64, 32), kernel_size=5)
    transposed = (25 * 64 + 1) * 32 + (25 * 32 + 1) * 1
    assert decoder.count_params() == (2 + 1) * 7 * 7 * 64 + transposed


def test_activations_are_where_they_are_said_to_be():
    encoder = conv_encoder((8, 8, 1), 4, activation="leaky_relu")
    decoder = conv_decoder(2, (8, 8, 1), activation="elu", output_activation="tanh")

    def names(network):
        layers = [layer for layer in network.layers if hasattr(layer, "activation")]
        return [layer.activation.__name__ for layer in layers]

    assert names(encoder) == ["leaky_relu", "leaky_relu", "linear"]
    assert names(decoder) == ["elu", "elu", "tanh"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (28, 28)}, "height, width, channels"),
        ({"image_shape": 28}, "height, width, channels"),
        ({"kernel_size": 4}, "kernel_size must be odd"),
        ({"kernel_size": 0}, "kernel_size must be a positive integer"),
        ({"filters": ()}, "filters must be"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    arguments = {"image_shape": (8, 8, 1), **arguments}
    with pytest.raises(ValueError, match=message):
        conv_encoder(output_size=2, **arguments)
    with pytest.raises(ValueError, match=message):
        conv_decoder(latent_size=2, **arguments)


@pytest.mark.parametrize("size", [0, 2.5, "2", None])
def test_bad_sizes_are_refused(size):
    with pytest.raises(ValueError, match="output_size must be a positive integer"):
        conv_encoder((8, 8, 1), size)
    with pytest.raises(ValueError, match="latent_size must be a positive integer"):
        conv_decoder(size, (8, 8, 1))
