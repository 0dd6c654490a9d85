"""A small convolutional encoder and decoder for images of any size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras

from kfdiv.networks.conditioning import sequence
from kfdiv.networks.shapes import as_image_shape, as_shape, as_size
from kfdiv.networks.stages import doubling, halved_sides


def conv_encoder(
    image_shape: Sequence[int],
    output_size: int,
    filters: Sequence[int] = (32, 64),
    kernel_size: int = 3,
    activation: str | Callable = "relu",
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """Convolutions of stride 2, then a dense layer; each halves the sides, rounding up.

    Args:
        image_shape: `(height, width, channels)` of one image.
        output_size: size of the output vector. For an encoder that describes a normal distribution
            over latents, twice the latent size: means and raw scales.
        filters: number of filters of each convolution.
        kernel_size: side of the kernels, odd.
        activation: any Keras activation, after every convolution.
        name: the model's name.
        condition_size: of a condition c, which joins every pixel; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, *image_shape)` to `(batch, output_size)`; with a
        condition a functional model of `[x, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> conv_encoder((28, 28, 1), output_size=4).output_shape
        (None, 4)
    """
    image_shape = as_image_shape(image_shape)
    output_size = as_size(output_size, "output_size")
    kernel_size = _odd(kernel_size)
    layers: list[keras.layers.Layer] = [keras.Input(image_shape)]
    layers += [
        keras.layers.Conv2D(count, kernel_size, 2, padding="same", activation=activation)
        for count in as_shape(filters, "filters")
    ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(output_size)]
    return sequence(layers, condition_size, name)


def conv_decoder(
    latent_size: int,
    image_shape: Sequence[int],
    filters: Sequence[int] = (64, 32),
    kernel_size: int = 3,
    activation: str | Callable = "relu",
    output_activation: str | Callable | None = None,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """A dense layer, then transposed convolutions of stride 2 up to exactly `image_shape`.

    It mirrors `conv_encoder` with the same filters reversed: 28 x 28 images grow 7 - 14 - 28, and
    with three stages 4 - 7 - 14 - 28.

    Args:
        latent_size: size of the input vector.
        image_shape: `(height, width, channels)` of one image.
        filters: filters of the first, smallest map and of every map after it, save the image.
        kernel_size: side of the kernels, odd.
        activation: any Keras activation, after every layer but the last.
        output_activation: any Keras activation; None is the identity. `"sigmoid"` keeps pixels in
            [0, 1], `"tanh"` in [-1, 1].
        name: the model's name.
        condition_size: of a condition c, which joins the input vector; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, latent_size)` to `(batch, *image_shape)`; with a
        condition a functional model of `[z, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> conv_decoder(2, (28, 28, 1), output_activation="sigmoid").output_shape
        (None, 28, 28, 1)
    """
    *sides, channels = as_image_shape(image_shape)
    latent_size = as_size(latent_size, "latent_size")
    kernel_size = _odd(kernel_size)
    first, *rest = as_shape(filters, "filters")
    # The sides that the encoder passes through.
    sizes = halved_sides(sides, len(rest) + 1)

    layers: list[keras.layers.Layer] = [
        keras.Input((latent_size,)),
        keras.layers.Dense(math.prod(sizes[0]) * first, activation=activation),
        keras.layers.Reshape((*sizes[0], first)),
    ]
    activations = [activation] * len(rest) + [output_activation]
    for count, before, after, act in zip(
        [*rest, channels], sizes[:-1], sizes[1:], activations, strict=True
    ):
        layers.append(doubling(count, kernel_size, before, after, act))
    return sequence(layers, condition_size, name)


def _odd(kernel_size: int) -> int:
    """Return `kernel_size`, or raise: an even kernel has no centre, and the sides would be off."""
    size = as_size(kernel_size, "kernel_size")
    if size % 2 == 0:
        raise ValueError(f"kernel_size must be odd, for example 3 or 5, but got {kernel_size!r}.")
    return size
