"""The networks that Rosca et al. 2018 take for CelebA and CIFAR-10: those of the WGAN authors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras

from kfdiv.networks.batch_norm import batch_norm as normalisation
from kfdiv.networks.code_features import SLOPE, check_pairs_alone, join_code
from kfdiv.networks.conditioning import condition_inputs, join, sequence
from kfdiv.networks.shapes import as_image_shape, as_size

_KERNEL = 4
# The least maps, behind or before which there is a layer as large as they are.
_LEAST = 4


def wgan_generator(
    latent_size: int = 100,
    image_shape: Sequence[int] = (64, 64, 3),
    base_filters: int = 64,
    output_activation: str | Callable | None = "tanh",
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`FC 4x4x512 - DeConv256 - DeConv128 - DeConv64 - DeConv3`, 4 x 4, stride 2, BN, ReLU.

    That is for 64 x 64; 32 x 32 take one layer less, and begin at 256. No layer has a bias.

    Args:
        latent_size: size of the input vector.
        image_shape: `(height, width, channels)` of one image; the smaller side is 8, 16, 32, ...
        base_filters: filters of the last hidden layer (the authors' 64); each before it has twice
            as many as the next.
        output_activation: any Keras activation; None, for the logits of a Bernoulli, is the
            identity.
        name: the model's name.
        condition_size: of a condition c, which joins the input vector; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, latent_size)` to `(batch, *image_shape)`; with a
        condition a functional model of `[z, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> wgan_generator(image_shape=(32, 32, 3), base_filters=2).output_shape
        (None, 32, 32, 3)

    Source: Rosca et al. 2018, appendix K.5.2; Arjovsky et al. 2017, models/dcgan.py of their
    program, whose 4 x 4 transposed convolution of a vector is a dense layer.
    """
    (*_, channels), filters, least = _stages(image_shape, base_filters)
    first = (*least, filters[-1])
    layers: list[keras.layers.Layer] = [keras.Input((as_size(latent_size, "latent_size"),))]
    layers += [keras.layers.Dense(math.prod(first), use_bias=False), keras.layers.Reshape(first)]
    layers += [normalisation(), keras.layers.ReLU()]
    for count in filters[-2::-1]:
        layers += [_doubling(count), normalisation(), keras.layers.ReLU()]
    layers.append(_doubling(channels, output_activation))
    return sequence(layers, condition_size, name)


def wgan_encoder(
    image_shape: Sequence[int] = (64, 64, 3),
    output_size: int = 200,
    base_filters: int = 64,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`Conv64 - Conv128 - Conv256 - Conv512 - FC`: the generator transposed, with BN and ReLU.

    Args:
        image_shape: `(height, width, channels)` of one image, as of `wgan_generator`.
        output_size: size of the output vector: twice the latent size for a normal distribution.
        base_filters: filters of the first convolution; each has twice as many as the one before.
        name: the model's name.
        condition_size: of a condition c, which joins every pixel; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, *image_shape)` to `(batch, output_size)`; with a
        condition a functional model of `[x, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> wgan_encoder(base_filters=2).output_shape
        (None, 200)

    Source: Rosca et al. 2018, appendix K.5: no activation after the last layer.
    """
    shape, filters, _ = _stages(image_shape, base_filters)
    layers: list[keras.layers.Layer] = [keras.Input(shape)]
    for count in filters:
        layers += [_halving(count), normalisation(), keras.layers.ReLU()]
    layers += [keras.layers.Flatten(), keras.layers.Dense(as_size(output_size, "output_size"))]
    return sequence(layers, condition_size, name)


def wgan_critic(
    image_shape: Sequence[int] = (64, 64, 3),
    base_filters: int = 64,
    batch_norm: bool = True,
    latent_size: int | None = None,
    code_units: int | None = None,
    head_units: int | None = None,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`Conv64 - Conv128 - Conv256 - Conv512 - FC1`, 4 x 4, stride 2, leaky ReLU of slope 0.2.

    That is for 64 x 64; 32 x 32 take one layer less. No convolution has a bias. With `latent_size`
    it is VEEGAN's critic of pairs.

    Args:
        image_shape: `(height, width, channels)` of one image, as of `wgan_generator`.
        base_filters: filters of the first convolution (the authors' 64); each has twice as many as
            the one before.
        batch_norm: whether to normalise after each convolution but the first; not beside a gradient
            penalty, which is of one example's slope.
        latent_size: of z, for a critic of pairs; None for one of x alone.
        code_units: of each of the three layers of z, by default 1,000; for pairs alone.
        head_units: of each of the two layers of the joint head, by default 512; for pairs alone.
        name: the model's name.
        condition_size: of a condition c, the last input, which joins every pixel; 0 for none.

    Returns:
        A built functional `keras.Model` from `[x, z]`, or x, to `(batch, 1)`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> wgan_critic((32, 32, 3), base_filters=2).output_shape
        (None, 1)

    Source: Rosca et al. 2018, appendix K.5.2 and Table 8; Arjovsky et al. 2017.
    """
    check_pairs_alone(latent_size, code_units, head_units)
    shape, filters, _ = _stages(image_shape, base_filters)
    inputs = [keras.Input(shape, name="x")]
    condition = condition_inputs(condition_size)
    h = join(inputs[0], condition)
    for index, count in enumerate(filters):
        h = _halving(count)(h)
        if batch_norm and index > 0:
            h = normalisation()(h)
        h = keras.layers.LeakyReLU(SLOPE)(h)
    h = keras.layers.Flatten()(h)
    if latent_size is not None:
        h = join_code(h, inputs, latent_size, code_units, head_units)
    inputs += condition
    # The authors' has no bias, which no difference of means would see; a log-odds has one.
    score = keras.layers.Dense(1)(h)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], score, name=name)


def _stages(
    image_shape: Sequence[int], base_filters: int
) -> tuple[tuple[int, int, int], list[int], tuple[int, int]]:
    """Return the shape, the filters from the image inwards, and the sides of the least maps."""
    *sides, _ = shape = as_image_shape(image_shape, multiple=2 * _LEAST)
    count = int(math.log2(min(sides) / _LEAST))
    if min(sides) != _LEAST * 2**count:
        raise ValueError(
            f"Received image_shape {shape}; expected a smaller side that is {_LEAST} doubled some "
            "times: 8, 16, 32, 64, ... Resize or pad the images, or use "
            "kfdiv.networks.conv_encoder and conv_decoder, which take any size."
        )
    as_image_shape(image_shape, multiple=2**count)
    base = as_size(base_filters, "base_filters")
    least = (sides[0] // 2**count, sides[1] // 2**count)
    return shape, [base * 2**k for k in range(count)], least


def _halving(filters: int) -> keras.layers.Layer:
    return keras.layers.Conv2D(filters, _KERNEL, 2, padding="same", use_bias=False)


def _doubling(filters: int, activation: str | Callable | None = None) -> keras.layers.Layer:
    return keras.layers.Conv2DTranspose(
        filters, _KERNEL, 2, padding="same", use_bias=False, activation=activation
    )
