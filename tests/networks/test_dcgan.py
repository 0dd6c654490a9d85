import keras
import numpy as np
import pytest

from kfdiv import random
from kfdiv.distributions import Implicit
from kfdiv.networks import dcgan_critic, dcgan_encoder, dcgan_generator

KINDS = keras.layers.Conv2D | keras.layers.Conv2DTranspose


def convolutions(network):
    return [layer for layer in network.layers if isinstance(layer, KINDS)]


def kinds(network):
    return [type(layer).__name__ for layer in network.layers]


def test_the_generator_is_table_8():
    generator = dcgan_generator()
    layers = convolutions(generator)
    assert [layer.filters for layer in layers] == [128, 64, 3]
    assert {(layer.kernel_size, layer.strides) for layer in layers} == {((5, 5), (2, 2))}
    assert [layer.input.shape[1:] for layer in layers] == [(4, 4, 256), (7, 7, 128), (14, 14, 64)]
    assert [layer.output_padding for layer in layers] == [(0, 0), (1, 1), (1, 1)]
    assert generator.input_shape == (None, 8)
    assert generator.output_shape == (None, 28, 28, 3)
    kernels = 25 * (256 * 128 + 128 * 64 + 64 * 3)
    normalisation = 4 * (256 + 128 + 64)
    assert generator.count_params() == 8 * 4 * 4 * 256 + kernels + normalisation + 3
    hidden = ["BatchNormalization", "ReLU", "Conv2DTranspose"]
    assert kinds(generator)[1:] == ["Dense", "Reshape", *3 * hidden]


def test_noise_is_added_before_the_normalisation_with_a_weight_a_pixel_and_channel():
    generator = dcgan_generator(noise=True)
    weights = 4 * 4 * 256 + 7 * 7 * 128 + 14 * 14 * 64
    assert generator.count_params() == dcgan_generator().count_params() + weights
    names = kinds(generator)
    places = [k for k, name in enumerate(names) if name == "NoiseInjection"]
    assert [names[k + 1 : k + 3] for k in places] == [["BatchNormalization", "ReLU"]] * 3


def test_noise_does_nothing_until_its_weights_are_learned():
    sampler = Implicit(dcgan_generator(2, (8, 8, 3), 2, noise=True))
    z = random.normal((5, 2), random.seed(0, "latent"))
    seeds = [random.seed(0, "draw", step) for step in range(2)]
    first, second = (sampler.sample(z, seed) for seed in seeds)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, sampler.mean(z))
    plain = dcgan_generator(2, (8, 8, 3), 2)
    noise_weights = [(1, 1, 8), (2, 2, 4), (4, 4, 2)]
    plain.set_weights([w for w in sampler.network.get_weights() if w.shape not in noise_weights])
    np.testing.assert_allclose(plain(z), first, rtol=1e-5, atol=1e-6)
    for layer in sampler.network.layers:
        if type(layer).__name__ == "NoiseInjection":
            layer.weight.assign_add(np.ones(layer.weight.shape))
    first, second = (sampler.sample(z, seed).numpy() for seed in seeds)
    assert np.abs(first - second).max() > 1e-3


def test_the_encoder_is_table_9():
    encoder = dcgan_encoder()
    layers = convolutions(encoder)
    assert [layer.filters for layer in layers] == [64, 128, 256]
    assert {(layer.kernel_size, layer.strides) for layer in layers} == {((5, 5), (2, 2))}
    assert [layer.output.shape[1] for layer in layers] == [14, 7, 4]
    kernels = 25 * (3 * 64 + 64 * 128 + 128 * 256)
    normalisation = 4 * (64 + 128 + 256)
    assert encoder.count_params() == kernels + normalisation + (4 * 4 * 256 + 1) * 16
    hidden = ["ZeroPadding2D", "Conv2D", "BatchNormalization", "ReLU"]
    assert kinds(encoder) == [*3 * hidden, "Flatten", "Dense"]


def test_convolutions_pad_both_sides_alike():
    # A kernel of one at its centre takes every other pixel, the first included.
    encoder = dcgan_encoder((8, 8, 1), output_size=1, base_filters=1)
    x = np.arange(64.0, dtype="float32").reshape(1, 8, 8, 1)
    pad, convolution = encoder.layers[:2]
    kernel = np.zeros((5, 5, 1, 1))
    kernel[2, 2] = 1
    convolution.set_weights([kernel])
    np.testing.assert_array_equal(convolution(pad(x)), x[:, ::2, ::2])


def test_the_critic_is_table_10():
    critic = dcgan_critic()
    convolution = 25 * (3 * 64 + 64 * 128 + 128 * 256) + 64 + 128 + 256
    dense = (4 * 4 * 256 + 8 + 1) * 1024 + 1024 + 1
    assert critic.count_params() == convolution + dense
    assert [tensor.shape for tensor in critic.inputs] == [(None, 28, 28, 3), (None, 8)]
    slopes = [
        layer.negative_slope for layer in critic.layers if isinstance(layer, keras.layers.LeakyReLU)
    ]
    assert slopes == pytest.approx([0.01] * 4)
    assert "BatchNormalization" not in kinds(critic)


def test_a_critic_of_x_alone_has_one_input():
    critic = dcgan_critic((8, 8, 3), latent_size=None, base_filters=2, units=4)
    assert critic(np.zeros((3, 8, 8, 3), "float32")).shape == (3, 1)


@pytest.mark.parametrize("shape", [(8, 8, 1), (7, 10, 2), (32, 32, 3)])
def test_other_sizes(shape):
    encoder = dcgan_encoder(shape, 4, 2)
    generator = dcgan_generator(4, shape, 2, output_activation="sigmoid")
    images = generator(encoder(np.ones((2, *shape), "float32"))).numpy()
    assert images.shape == (2, *shape)
    assert 0 <= images.min() <= images.max() <= 1
    down = [layer.input.shape[1:3] for layer in encoder.layers if layer.name.startswith("zero")]
    up = [layer.output.shape[1:3] for layer in convolutions(generator)]
    assert up == down[::-1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dcgan_generator(0), "latent_size must be a positive integer"),
        (lambda: dcgan_generator(base_filters=0), "base_filters must be a positive integer"),
        (lambda: dcgan_encoder((28, 28)), "height, width, channels"),
        (lambda: dcgan_encoder(output_size=0), "output_size must be a positive integer"),
        (lambda: dcgan_critic(latent_size=0), "latent_size must be a positive integer"),
        (lambda: dcgan_critic(units=2.5), "units must be a positive integer"),
    ],
)
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
