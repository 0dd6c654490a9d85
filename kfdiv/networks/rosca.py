"""The networks of Rosca et al. 2018 for ColorMNIST, Tables 6 to 8."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras

from kfdiv.networks.batch_norm import batch_norm as normalisation
from kfdiv.networks.code_features import SLOPE, check_pairs_alone, join_code
from kfdiv.networks.conditioning import condition_inputs, join, sequence
from kfdiv.networks.mlp import mlp
from kfdiv.networks.shapes import as_image_shape, as_size
from kfdiv.networks.stages import normalised

_KERNEL = 5
# The critic's convolutions: filters of Table 6 in units of its first, and strides.
_CRITIC = ((1, 2), (2, 1), (4, 2), (8, 1), (8, 2))


def rosca_generator(
    latent_size: int = 50,
    image_shape: Sequence[int] = (28, 28, 3),
    base_filters: int = 32,
    output_activation: str | Callable | None = None,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`FC 7x7x64 - DeConv64 - DeConv32 - DeConv3`, 5 x 5, strides 2, 1, 2, with BN and ReLU.

    Args:
        latent_size: size of the input vector; the paper has 10, 50 and 75.
        image_shape: `(height, width, channels)` of one image, sides divisible by 4.
        base_filters: filters of the last hidden layer (the paper's 32); those before it have twice
            as many.
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
        >>> rosca_generator(base_filters=4).output_shape
        (None, 28, 28, 3)

    Source: Rosca et al. 2018, Table 7 (3,136 = 7 * 7 * 64).
    """
    height, width, channels = as_image_shape(image_shape, multiple=4)
    base = as_size(base_filters, "base_filters")
    first = (height // 4, width // 4, 2 * base)
    layers: list[keras.layers.Layer] = [keras.Input((as_size(latent_size, "latent_size"),))]
    layers += [keras.layers.Dense(math.prod(first), use_bias=False), keras.layers.Reshape(first)]
    layers += [normalisation(), keras.layers.ReLU()]
    for filters, stride in ((2 * base, 2), (base, 1)):
        layers += normalised(keras.layers.Conv2DTranspose, filters, _KERNEL, stride)
    layers.append(
        keras.layers.Conv2DTranspose(
            channels, _KERNEL, 2, padding="same", activation=output_activation
        )
    )
    return sequence(layers, condition_size, name)


def rosca_encoder(
    image_shape: Sequence[int] = (28, 28, 3),
    output_size: int = 100,
    base_filters: int = 32,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`Conv32 - Conv64 - Conv64 - FC`: the generator transposed, strides 2, 1, 2, with BN and ReLU.

    Args:
        image_shape: `(height, width, channels)` of one image.
        output_size: size of the output vector: twice the latent size for a normal distribution.
        base_filters: filters of the first convolution; the next ones have twice as many.
        name: the model's name.
        condition_size: of a condition c, which joins every pixel; 0 for none.

    Returns:
        A built `keras.Sequential` from `(batch, *image_shape)` to `(batch, output_size)`; with a
        condition a functional model of `[x, c]`.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> rosca_encoder(base_filters=4).output_shape
        (None, 100)

    Source: Rosca et al. 2018, appendix K.5: no activation after the last layer.
    """
    base = as_size(base_filters, "base_filters")
    layers: list[keras.layers.Layer] = [keras.Input(as_image_shape(image_shape))]
    for filters, stride in ((base, 2), (2 * base, 1), (2 * base, 2)):
        layers += normalised(keras.layers.Conv2D, filters, _KERNEL, stride)
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(as_size(output_size, "output_size")),
    ]
    return sequence(layers, condition_size, name)


def rosca_critic(
    image_shape: Sequence[int] = (28, 28, 3),
    base_filters: int = 8,
    batch_norm: bool = True,
    dropout: float = 0.0,
    latent_size: int | None = None,
    code_units: int | None = None,
    head_units: int | None = None,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """`Conv8 - Conv16 - Conv32 - Conv64 - Conv64 - FC1`, 5 x 5, strides 2, 1, 2, 1, 2, leaky ReLU.

    With `latent_size` it is VEEGAN's critic of pairs, with two more hidden layers behind the
    features of x and of z. Table 6's second head, of classes, is left out: all models of the paper
    are unconditional.

    Args:
        image_shape: `(height, width, channels)` of one image.
        base_filters: filters of the first convolution (the paper's 8); the next ones have 2, 4, 8
            and 8 times as many.
        batch_norm: whether to normalise after each convolution but the first; not beside a gradient
            penalty, which is of one example's slope.
        dropout: share of features dropped after the last convolution; the paper's DCGAN has 0.8,
            if that is not the share kept.
            Keras's dropout draws from a state of its own, so runs do not repeat to the bit.
        latent_size: of z, for a critic of pairs; None for one of x alone.
        code_units: of each of the three layers of z, by default 1,000; for pairs alone.
        head_units: of each of the two layers of the joint head, by default 512; the paper has 512
            and 1,024; for pairs alone.
        name: the model's name.
        condition_size: of a condition c, the last input, which joins every pixel; 0 for none.

    Returns:
        A built functional `keras.Model` from `[x, z]`, or x, to `(batch, 1)`: the difference of the
        table's two outputs, the log-odds of data.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> critic = rosca_critic(base_filters=2, latent_size=5, code_units=8, head_units=8)
        >>> [tensor.shape for tensor in critic.inputs], critic.output_shape
        ([(None, 28, 28, 3), (None, 5)], (None, 1))

    Source: Rosca et al. 2018, Tables 6 and 8, appendix K.5.
    """
    base = as_size(base_filters, "base_filters")
    check_pairs_alone(latent_size, code_units, head_units)
    inputs = [keras.Input(as_image_shape(image_shape), name="x")]
    condition = condition_inputs(condition_size)
    h = join(inputs[0], condition)
    for index, (factor, stride) in enumerate(_CRITIC):
        normalised = batch_norm and index > 0
        h = keras.layers.Conv2D(
            factor * base, _KERNEL, stride, padding="same", use_bias=not normalised
        )(h)
        if normalised:
            h = normalisation()(h)
        h = keras.layers.LeakyReLU(SLOPE)(h)
    if dropout:
        h = keras.layers.Dropout(dropout)(h)
    h = keras.layers.Flatten()(h)
    if latent_size is not None:
        h = join_code(h, inputs, latent_size, code_units, head_units)
    inputs += condition
    score = keras.layers.Dense(1)(h)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], score, name=name)


def rosca_code_critic(
    latent_size: int = 50,
    units: int = 1_000,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """Three layers of 1,000 units and leaky ReLU of slope 0.2, to one output.

    Args:
        latent_size: of z.
        units: of each layer.
        name: the model's name.
        condition_size: of a condition c, the second input; 0 for none.

    Returns:
        A built model from `(batch, latent_size)` to `(batch, 1)`.

    Example:
        >>> rosca_code_critic(units=8).output_shape
        (None, 1)

    Source: Rosca et al. 2018, appendix K.5.3.
    """
    latent_size, units = as_size(latent_size, "latent_size"), as_size(units, "units")
    return mlp(latent_size, [units] * 3, 1, "leaky_relu", name=name, condition_size=condition_size)
