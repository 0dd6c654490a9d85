import keras
import numpy as np
import pytest

from kfdiv import random
from kfdiv.distributions import Implicit
from kfdiv.networks import (
    NoiseInjection,
    SelfAttention,
    SpectralNormalization,
    sagan_critic,
    sagan_features,
    sagan_generator,
)

CH = 4


def attention(channels):
    """Weights of an attention block, with one u a kernel."""
    few, some = channels // 8, channels // 2
    kernels = 2 * channels * few + 2 * channels * some
    return kernels + 2 * few + some + channels + 1


def of_kind(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


def test_the_generator_is_table_11():
    generator = sagan_generator(latent_size=5, base_filters=CH)
    assert generator.output_shape == (None, 64, 64, 3)

    def block(inputs, outputs):
        kernels = 9 * inputs * outputs + 9 * outputs * outputs + inputs * outputs
        return kernels + 3 * outputs + 4 * inputs + 4 * outputs

    start = 4 * 4 * 16 * CH
    blocks = [(16, 16), (16, 8), (8, 4), (4, 2)]
    expected = (5 + 2) * start + sum(block(a * CH, b * CH) for a, b in blocks)
    expected += attention(4 * CH) + 4 * 2 * CH + 9 * 2 * CH * 3 + 2 * 3
    assert generator.count_params() == expected
    (block,) = of_kind(generator, SelfAttention)
    assert block.output.shape == (None, 32, 32, 4 * CH)
    assert generator.layers[-1].activation.__name__ == "tanh"


def test_the_features_are_table_11():
    features = sagan_features(base_filters=CH)
    assert features.output_shape == (None, 16 * CH)

    def convolution(side, inputs, outputs):
        return side * side * inputs * outputs + 2 * outputs

    def block(inputs, outputs, shortcut=True):
        return (
            convolution(3, inputs, outputs)
            + convolution(3, outputs, outputs)
            + shortcut * convolution(1, inputs, outputs)
        )

    expected = convolution(1, 3, CH) + attention(2 * CH)
    expected += sum(block(a * CH, b * CH) for a, b in [(1, 2), (2, 4), (4, 8), (8, 16)])
    expected += block(16 * CH, 16 * CH, shortcut=False)
    assert features.count_params() == expected
    (layer,) = of_kind(features, SelfAttention)
    assert layer.output.shape == (None, 32, 32, 2 * CH)
    assert features.layers[-2].output.shape == (None, 4, 4, 16 * CH)


@pytest.mark.parametrize("make", [sagan_generator, sagan_features, sagan_critic])
def test_every_kernel_is_normalised(make):
    network = make(image_shape=(16, 16, 3), base_filters=2)
    bare = of_kind(network, keras.layers.Dense | keras.layers.Conv2D)
    assert bare == []
    assert len(of_kind(network, SpectralNormalization)) > 5


def test_the_critic_is_figure_7():
    critic = sagan_critic((16, 16, 3), latent_size=3, base_filters=2, units=(5, 7))

    def dense(inputs, outputs):
        return (inputs + 2) * outputs

    features = sagan_features((16, 16, 3), 2).count_params()
    of_z = dense(3, 5) + dense(5, 7)
    of_both = dense(32 + 7, 5) + dense(5, 7)
    scores = dense(32, 1) + 2 * dense(7, 1)
    assert critic.count_params() == features + of_z + of_both + scores
    assert [tensor.shape for tensor in critic.inputs] == [(None, 16, 16, 3), (None, 3)]


def test_a_critic_of_x_alone_is_an_affine_map_of_the_features():
    critic = sagan_critic((16, 16, 3), latent_size=None, base_filters=2)
    assert critic.count_params() == sagan_features((16, 16, 3), 2).count_params() + 32 + 2
    assert critic(np.zeros((3, 16, 16, 3), "float32")).shape == (3, 1)


def test_noise_comes_after_the_dense_layer_and_each_large_convolution():
    generator = sagan_generator(4, (32, 16, 3), 2, noise=True)
    sides = [(2, 1), (4, 2), (4, 2), (8, 4), (8, 4), (16, 8), (16, 8), (32, 16), (32, 16)]
    assert [tensor.shape[1:] for tensor in generator.inputs[1:]] == [(*s, 1) for s in sides]
    for layer in of_kind(generator, NoiseInjection):
        np.testing.assert_array_equal(layer.weight, np.zeros(layer.weight.shape))
    sampler = Implicit(generator)
    z = random.normal((3, 4), random.seed(0, "latent"))
    np.testing.assert_array_equal(sampler.sample(z, random.seed(0, "draw")), sampler.mean(z))


def test_the_block_s_shortcuts_are_those_of_figure_8():
    # With 3 x 3 kernels of zero, a block is its shortcut: a 1 x 1 convolution of repeated pixels.
    generator = sagan_generator(2, (16, 16, 3), 2)
    for layer in of_kind(generator, SpectralNormalization):
        if layer.layer.kernel.shape[:2] == (3, 3):
            layer.layer.kernel.assign(np.zeros(layer.layer.kernel.shape))
    sums = [layer.output for layer in of_kind(generator, keras.layers.Add)]
    for maps in keras.Model(generator.input, sums)(np.ones((1, 2), "float32")):
        np.testing.assert_allclose(maps[:, ::2, ::2], maps[:, 1::2, 1::2], rtol=1e-5)
        assert np.abs(maps).max() > 0


@pytest.mark.parametrize("make", [sagan_generator, sagan_features, sagan_critic])
def test_sides_that_do_not_fit_are_refused(make):
    with pytest.raises(ValueError, match=r"divisible by 16, but image_shape is \(24, 16, 3\)"):
        make(image_shape=(24, 16, 3))
    with pytest.raises(ValueError, match="base_filters must be a positive integer"):
        make(base_filters=0)
