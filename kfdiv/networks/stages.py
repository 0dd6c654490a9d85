"""Stages of convolutional networks, which halve or double the sides of maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from kfdiv.networks.batch_norm import batch_norm


def normalised(
    convolution: type[keras.layers.Layer], filters: int, kernel_size: int, strides: int
) -> list[keras.layers.Layer]:
    """Return a convolution, batch normalisation and ReLU.

    Args:
        convolution: `keras.layers.Conv2D`, or `Conv2DTranspose` for its transpose. It has no bias,
            which the normalisation would subtract.
        filters: how many.
        kernel_size: side of the kernels.
        strides: by which sides are divided, or multiplied.

    Example:
        >>> [type(layer).__name__ for layer in normalised(keras.layers.Conv2D, 8, 5, 2)]
        ['Conv2D', 'BatchNormalization', 'ReLU']

    Source: DCGAN, Radford et al. 2016.
    """
    return [
        convolution(filters, kernel_size, strides, padding="same", use_bias=False),
        batch_norm(),
        keras.layers.ReLU(),
    ]


def halved_sides(sides: Sequence[int], times: int) -> list[list[int]]:
    """Return the sides of maps that are halved some times, rounding up, from the smallest.

    Args:
        sides: height and width of the image, the last of what is returned.
        times: how often.

    Example:
        >>> halved_sides((28, 20), 3)
        [[4, 3], [7, 5], [14, 10], [28, 20]]
    """
    return [[-(-side // 2**k) for side in sides] for k in range(times, -1, -1)]


def doubling(
    filters: int,
    kernel_size: int,
    before: Sequence[int],
    after: Sequence[int],
    activation: str | Callable | None = None,
    use_bias: bool = True,
) -> keras.layers.Layer:
    """Return a transposed convolution of stride 2 between sides of `halved_sides`.

    Args:
        filters: how many.
        kernel_size: side of the kernels, odd.
        before: sides of the maps that it takes.
        after: of those that it makes.
        activation: any Keras activation; None is the identity.
        use_bias: whether it has a bias.

    Example:
        >>> doubling(3, 5, before=(4, 7), after=(7, 14))(keras.Input((4, 7, 8))).shape
        (None, 7, 14, 3)
    """
    # Padding alone gives 2 n - 1; one more row where the target is even.
    padding = tuple(b - (2 * a - 1) for a, b in zip(before, after, strict=True))
    return keras.layers.Conv2DTranspose(
        filters,
        kernel_size,
        2,
        padding="same",
        output_padding=padding,
        activation=activation,
        use_bias=use_bias,
    )
