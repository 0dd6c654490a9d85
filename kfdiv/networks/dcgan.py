"""The networks of Shen et al. 2020 for stacked MNIST, after DCGAN (Radford et al. 2016)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras

from kfdiv.networks.batch_norm import batch_norm
from kfdiv.networks.conditioning import condition_inputs, join, sequence
from kfdiv.networks.noise_injection import add_noise
from kfdiv.networks.shapes import as_image_shape, as_size
from kfdiv.networks.stages import doubling, halved_sides

_KERNEL = 5
_STAGES = 3


def dcgan_generator(
    latent_size: int = 8,
    image_shape: Sequence[int] = (28, 28, 3),
    base_filters: int = 64,
    noise: bool = False,
    output_activation: str | Callable | None = "tanh",
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`FC 4x4x256 - DeConv128 - DeConv64 - DeConv3`, 5 x 5, stride 2, with BN and ReLU.

    Sides are those of the encoder, backwards: 4 - 7 - 14 - 28.

    Args:
        latent_size: size of the input vector.
        image_shape: `(height, width, channels)` of one image.
        base_filters: filters of the last hidden layer (the paper's 64); the ones before it have 2
            and 4 times as many.
        noise: add a Gaussian map to each layer but the image's, before BN, with weights that start
            at 0. The model's inputs are then `[z, noise_1, noise_2, noise_3]`, as
            `kfdiv.distributions.Implicit` takes them.
        output_activation: any Keras activation; None is the identity.
        name: the model's name.
        condition_size: of a condition c, the input after z, which it joins; 0 for none.

    Returns:
        A built functional `keras.Model` from `(batch, latent_size)` to `(batch, *image_shape)`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> generator = dcgan_generator(base_filters=4, noise=True)
        >>> [tensor.shape for tensor in generator.inputs[1:]]
        [(None, 4, 4, 1), (None, 7, 7, 1), (None, 14, 14, 1)]
        >>> generator.output_shape
        (None, 28, 28, 3)

    Source: Shen et al. 2020, Table 8 and appendix C.
    """
    *sides, channels = as_image_shape(image_shape)
    base = as_size(base_filters, "base_filters")
    sizes = halved_sides(sides, _STAGES)
    filters = [base * 2**k for k in range(_STAGES - 1, -1, -1)]

    inputs = [keras.Input((as_size(latent_size, "latent_size"),), name="z")]
    condition = condition_inputs(condition_size)
    h = join(inputs[0], condition)
    inputs += condition
    h = keras.layers.Dense(math.prod(sizes[0]) * filters[0], use_bias=False)(h)
    h = keras.layers.Reshape((*sizes[0], filters[0]))(h)
    for count, before, after in zip([*filters[1:], channels], sizes[:-1], sizes[1:], strict=True):
        if noise:
            h = add_noise(h, inputs)
        h = keras.layers.ReLU()(batch_norm()(h))
        image = after == sizes[-1]
        activation = output_activation if image else None
        h = doubling(count, _KERNEL, before, after, activation, use_bias=image)(h)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], h, name=name)


def dcgan_encoder(
    image_shape: Sequence[int] = (28, 28, 3),
    output_size: int = 16,
    base_filters: int = 64,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`Conv64 - Conv128 - Conv256 - FC`: 5 x 5, stride 2, each with BN and ReLU.

    Args:
        image_shape: `(height, width, channels)` of one image.
        output_size: size of the output vector: twice the latent size for a normal distribution,
            the paper's 16, or the latent size for a deterministic encoder, its 8.
        base_filters: filters of the first convolution (the paper's 64); the next ones have 2 and 4
            times as many.
        name: the model's name.
        condition_size: of a condition c, which joins every pixel; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, *image_shape)` to `(batch, output_size)`; with a
        condition a functional model of `[x, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> dcgan_encoder(base_filters=4).output_shape
        (None, 16)

    Source: Shen et al. 2020, Table 9.
    """
    output_size = as_size(output_size, "output_size")
    layers: list[keras.layers.Layer] = [keras.Input(as_image_shape(image_shape))]
    for count in _filters(base_filters):
        layers += _halving(count, use_bias=False)
        layers += [batch_norm(), keras.layers.ReLU()]
    layers += [keras.layers.Flatten(), keras.layers.Dense(output_size)]
    return sequence(layers, condition_size, name)


def dcgan_critic(
    image_shape: Sequence[int] = (28, 28, 3),
    latent_size: int | None = 8,
    base_filters: int = 64,
    units: int = 1024,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`Conv64 - Conv128 - Conv256`, joined by z, `- FC1024 - FC1`; leaky ReLU, no BN.

    Args:
        image_shape: `(height, width, channels)` of one image.
        latent_size: of z; None for a critic of x alone.
        base_filters: filters of the first convolution (the paper's 64); the next ones have 2 and 4
            times as many.
        units: of the hidden dense layer.
        name: the model's name.
        condition_size: of a condition c, the last input, which joins every pixel; 0 for none.

    Returns:
        A built functional `keras.Model` from `[x, z]`, or x, to `(batch, 1)`. The slope of its
        leaky ReLU is 0.01.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> critic = dcgan_critic(base_filters=4, units=16)
        >>> [tensor.shape for tensor in critic.inputs], critic.output_shape
        ([(None, 28, 28, 3), (None, 8)], (None, 1))

    Source: Shen et al. 2020, Table 10.
    """
    inputs = [keras.Input(as_image_shape(image_shape), name="x")]
    condition = condition_inputs(condition_size)
    h = join(inputs[0], condition)
    for count in _filters(base_filters):
        for layer in _halving(count):
            h = layer(h)
        h = keras.layers.LeakyReLU(0.01)(h)
    h = keras.layers.Flatten()(h)
    if latent_size is not None:
        inputs.append(keras.Input((as_size(latent_size, "latent_size"),), name="z"))
        h = keras.layers.Concatenate()([h, inputs[1]])
    h = keras.layers.Dense(as_size(units, "units"))(h)
    h = keras.layers.LeakyReLU(0.01)(h)
    score = keras.layers.Dense(1)(h)
    inputs += condition
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], score, name=name)


def _filters(base_filters: int) -> list[int]:
    base = as_size(base_filters, "base_filters")
    return [base * 2**k for k in range(_STAGES)]


def _halving(filters: int, use_bias: bool = True) -> list[keras.layers.Layer]:
    """A convolution of stride 2; Keras's own padding is uneven where a side is even."""
    return [
        keras.layers.ZeroPadding2D(_KERNEL // 2),
        keras.layers.Conv2D(filters, _KERNEL, 2, use_bias=use_bias),
    ]
