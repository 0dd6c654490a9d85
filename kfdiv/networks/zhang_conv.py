"""The convolutional encoder and decoder of Zhang et al. 2019, appendix D."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras

from kfdiv.networks.conditioning import sequence
from kfdiv.networks.shapes import as_image_shape, as_size
from kfdiv.networks.stages import normalised

_KERNEL = 5


def zhang_encoder(
    image_shape: Sequence[int] = (64, 64, 3),
    output_size: int = 128,
    base_filters: int = 128,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`Conv128 - Conv256 - Conv512 - Conv1024 - FC`: 5 x 5, stride 2, each with BN and ReLU.

    The paper's FC64 gives the 64 means of q(z|y); its scales need as many outputs again, so the
    default `output_size` is twice 64.

    Args:
        image_shape: `(height, width, channels)` of one image, sides divisible by 16.
        output_size: size of the output vector: means and raw scales of the latents.
        base_filters: filters of the first convolution (the paper's 128); the next ones have 2, 4
            and 8 times as many.
        name: the model's name.
        condition_size: of a condition c, which joins every pixel; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, *image_shape)` to `(batch, output_size)`; with a
        condition a functional model of `[x, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> zhang_encoder((32, 32, 3), output_size=4, base_filters=8).output_shape
        (None, 4)

    Source: Zhang et al. 2019, appendix D.
    """
    image_shape = as_image_shape(image_shape, multiple=16)
    output_size = as_size(output_size, "output_size")
    base = as_size(base_filters, "base_filters")
    layers: list[keras.layers.Layer] = [keras.Input(image_shape)]
    for factor in (1, 2, 4, 8):
        layers += normalised(keras.layers.Conv2D, base * factor, _KERNEL, strides=2)
    layers += [keras.layers.Flatten(), keras.layers.Dense(output_size)]
    return sequence(layers, condition_size, name)


def zhang_decoder(
    latent_size: int = 64,
    image_shape: Sequence[int] = (64, 64, 3),
    base_filters: int = 64,
    output_activation: str | Callable | None = None,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`FC 8x8x1024 - DeConv512 - DeConv256 - DeConv128 - DeConv64 - DeConv3`, 5 x 5, BN, ReLU.

    Read literally ("strides 2 except the last deconvolution layer", from 8 x 8) the paper's layers
    end at 128 x 128. Going from 8 to 64 takes three strides of 2; here DeConv512, 256 and 128 have
    them, and DeConv64, like the last layer, has stride 1: every printed layer and size is kept.

    Args:
        latent_size: size of the input vector.
        image_shape: `(height, width, channels)` of one image, sides divisible by 8.
        base_filters: filters of the last hidden layer (the paper's 64); the ones before it have 2,
            4, 8 and, for the dense layer's map, 16 times as many.
        output_activation: any Keras activation; None, as printed, is the identity.
        name: the model's name.
        condition_size: of a condition c, which joins the input vector; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, latent_size)` to `(batch, *image_shape)`; with a
        condition a functional model of `[z, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> zhang_decoder(2, (32, 32, 3), base_filters=4).output_shape
        (None, 32, 32, 3)

    Source: Zhang et al. 2019, appendix D.
    """
    *sides, channels = as_image_shape(image_shape, multiple=8)
    latent_size = as_size(latent_size, "latent_size")
    base = as_size(base_filters, "base_filters")
    start = (sides[0] // 8, sides[1] // 8, 16 * base)
    layers: list[keras.layers.Layer] = [
        keras.Input((latent_size,)),
        keras.layers.Dense(math.prod(start)),
        keras.layers.Reshape(start),
    ]
    for factor, strides in ((8, 2), (4, 2), (2, 2), (1, 1)):
        layers += normalised(keras.layers.Conv2DTranspose, base * factor, _KERNEL, strides)
    layers.append(
        keras.layers.Conv2DTranspose(
            channels, _KERNEL, padding="same", activation=output_activation
        )
    )
    return sequence(layers, condition_size, name)
