"""The networks of Shen et al. 2020 for CelebA and ImageNet, after SAGAN (H. Zhang et al. 2019)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras

from kfdiv.arguments import check_left_out
from kfdiv.networks.batch_norm import batch_norm
from kfdiv.networks.joint_critic import joint_critic
from kfdiv.networks.noise_injection import add_noise
from kfdiv.networks.self_attention import SelfAttention
from kfdiv.networks.shapes import as_image_shape, as_size
from kfdiv.networks.spectral_normalization import SpectralNormalization

# Four blocks halve or double the sides.
_STRIDE = 16


def sagan_generator(
    latent_size: int = 100,
    image_shape: Sequence[int] = (64, 64, 3),
    base_filters: int = 32,
    noise: bool = False,
    output_activation: str | Callable | None = "tanh",
    name: str | None = None,
) -> keras.Model:
    """`FC 4x4x16ch`, four residual blocks up to 2ch, attention before the last, `Conv3 - tanh`.

    Every kernel is spectrally normalised. The paper prints the attention's maps as 64 x 64; where
    its table puts the block they are 32 x 32, half the image's sides.

    Args:
        latent_size: size of the input vector: 100 for CelebA, 140 for ImageNet.
        image_shape: `(height, width, channels)` of one image, sides divisible by 16.
        base_filters: the paper's ch: 32 for CelebA, 64 for ImageNet.
        noise: add a Gaussian map after the dense layer and after each 3 x 3 convolution of a block,
            with weights that start at 0. The model's inputs are then `[z, noise_1, ..., noise_9]`,
            as `kfdiv.distributions.Implicit` takes them.
        output_activation: any Keras activation; None is the identity.
        name: the model's name.

    Returns:
        A built functional `keras.Model` from `(batch, latent_size)` to `(batch, *image_shape)`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> sagan_generator(latent_size=4, image_shape=(32, 32, 3), base_filters=1).output_shape
        (None, 32, 32, 3)

    Source: Shen et al. 2020, Table 11 (a), figure 8 (a), appendix C.
    """
    *sides, channels = as_image_shape(image_shape, multiple=_STRIDE)
    base = as_size(base_filters, "base_filters")
    start = (*(side // _STRIDE for side in sides), 16 * base)
    inputs = [keras.Input((as_size(latent_size, "latent_size"),), name="z")]
    maps = SpectralNormalization(
        keras.layers.Dense(math.prod(start), kernel_initializer="orthogonal")
    )(inputs[0])
    maps = keras.layers.Reshape(start)(maps)
    if noise:
        maps = add_noise(maps, inputs)
    for factor in (16, 8, 4):
        maps = _block_up(maps, factor * base, inputs if noise else None)
    maps = SelfAttention()(maps)
    maps = _block_up(maps, 2 * base, inputs if noise else None)
    maps = keras.layers.ReLU()(batch_norm()(maps))
    image = keras.layers.Activation(output_activation)(_convolution(channels, 3)(maps))
    return keras.Model(inputs if noise else inputs[0], image, name=name)


def sagan_features(
    image_shape: Sequence[int] = (64, 64, 3), base_filters: int = 32, name: str | None = None
) -> keras.Model:
    """Five residual blocks, the first four downwards, attention after the first; the mean pixel.

    Every kernel is spectrally normalised. The paper's first block starts at ch channels; a 1 x 1
    convolution takes the image there. Its attention's maps, printed as 64 x 64, are half the
    image's sides.

    Args:
        image_shape: `(height, width, channels)` of one image, sides divisible by 16.
        base_filters: the paper's ch: 32 for CelebA, 64 for ImageNet.
        name: the model's name.

    Returns:
        A built functional `keras.Model` from `(batch, *image_shape)` to `(batch, 16 ch)`, the
        features f_x.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> sagan_features((32, 32, 3), base_filters=2).output_shape
        (None, 32)

    Source: Shen et al. 2020, Table 11 (b) and figure 8 (b).
    """
    base = as_size(base_filters, "base_filters")
    image = keras.Input(as_image_shape(image_shape, multiple=_STRIDE), name="x")
    maps = _block_down(_convolution(base, 1)(image), 2 * base)
    maps = SelfAttention()(maps)
    for factor in (4, 8, 16):
        maps = _block_down(maps, factor * base)
    maps = keras.layers.ReLU()(_block_down(maps, 16 * base, halve=False))
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(maps), name=name)


def sagan_critic(
    image_shape: Sequence[int] = (64, 64, 3),
    latent_size: int | None = 100,
    base_filters: int = 32,
    units: Sequence[int] | None = None,
    name: str | None = None,
) -> keras.Model:
    """Scores of x, of z and of both, `(s_x + s_z + s_xz) / 3`, on the features of `sagan_features`.

    Args:
        image_shape: `(height, width, channels)` of one image, sides divisible by 16.
        latent_size: of z; None for a critic of x alone, whose score is s_x.
        base_filters: the paper's ch: 32 for CelebA, 64 for ImageNet.
        units: sizes of the hidden layers of the modules of z and of both, which the paper does not
            give, by default `(1024, 1024)`; a critic of x alone has none of them.
        name: the model's name.

    Returns:
        A built functional `keras.Model` from `[x, z]`, or x, to `(batch, 1)`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> sagan_critic((16, 16, 3), latent_size=4, base_filters=2, units=(8,)).output_shape
        (None, 1)

    Source: Shen et al. 2020, appendix E.3, figure 7.
    """
    if latent_size is None:
        check_left_out("units", units, "a critic of x alone has no such layers")
    features = sagan_features(image_shape, base_filters)
    if latent_size is None:
        score = SpectralNormalization(keras.layers.Dense(1))(features.output)
        return keras.Model(features.input, score, name=name)
    units = (1024, 1024) if units is None else units
    return joint_critic(
        features, latent_size, units, activation="relu", spectral_normalization=True, name=name
    )


def _convolution(filters: int, side: int, use_bias: bool = True) -> SpectralNormalization:
    return SpectralNormalization(
        keras.layers.Conv2D(
            filters, side, padding="same", use_bias=use_bias, kernel_initializer="orthogonal"
        )
    )


def _block_up(
    maps: keras.KerasTensor, filters: int, inputs: list[keras.KerasTensor] | None
) -> keras.KerasTensor:
    """Figure 8 (a). No biases: the normalisations after them would subtract them."""
    # A 1 x 1 convolution and the repetition of pixels commute: this order takes a quarter.
    shortcut = keras.layers.UpSampling2D()(_convolution(filters, 1, use_bias=False)(maps))
    for upsample in (True, False):
        maps = keras.layers.ReLU()(batch_norm()(maps))
        if upsample:
            maps = keras.layers.UpSampling2D()(maps)
        maps = _convolution(filters, 3, use_bias=False)(maps)
        if inputs is not None:
            maps = add_noise(maps, inputs)
    return keras.layers.Add()([maps, shortcut])


def _block_down(maps: keras.KerasTensor, filters: int, halve: bool = True) -> keras.KerasTensor:
    """Figure 8 (b); without halving, the shortcut is the identity."""
    shortcut = maps
    for _ in range(2):
        maps = _convolution(filters, 3)(keras.layers.ReLU()(maps))
    if halve:
        maps = keras.layers.AveragePooling2D(2)(maps)
        # A 1 x 1 convolution and the mean of pixels commute: this order takes a quarter.
        shortcut = _convolution(filters, 1)(keras.layers.AveragePooling2D(2)(shortcut))
    return keras.layers.Add()([maps, shortcut])
