"""Multilayer perceptron."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import keras

from kfdiv.arguments import check_left_out
from kfdiv.networks.batch_norm import batch_norm as normalisation
from kfdiv.networks.conditioning import sequence
from kfdiv.networks.shapes import as_shape


def mlp(
    input_shape: int | Sequence[int],
    units: Sequence[int],
    output_shape: int | Sequence[int],
    activation: str | Callable = "relu",
    output_activation: str | Callable | None = None,
    kernel_initializer: str | keras.initializers.Initializer = "glorot_uniform",
    batch_norm: bool = False,
    name: str | None = None,
    condition_size: int = 0,
) -> keras.Model:
    """Dense layers, `h_0 = vec(x)`, `h_k = a(W_k h_{k-1} + b_k)`, `y = o(W h_K + b)`.

    Inputs of more than one axis are flattened on the way in, outputs reshaped on the way out. With
    batch normalisation, `h_k = a(BN(W_k h_{k-1}))`.

    Args:
        input_shape: shape of one input, without the batch axis; an integer means a vector.
        units: sizes of the hidden layers; `()` makes an affine map.
        output_shape: shape of one output; an integer means a vector.
        activation: `a`, any Keras activation. `"leaky_relu"` has Keras's slope of 0.2; for another
            one pass `keras.layers.LeakyReLU(0.01)`.
        output_activation: `o`, any Keras activation; None is the identity.
        kernel_initializer: of the hidden layers. Deep ReLU networks want "he_normal", which keeps
            the signal's size from layer to layer.
        batch_norm: normalise each hidden layer before its activation.
        name: the model's name.
        condition_size: of a condition c, which the network then takes as a second input; 0 for
            none.

    Returns:
        A built `keras.Sequential` from `(batch, *input_shape)` to `(batch, *output_shape)`; with a
        condition a functional model of `[x, c]`, `h_0 = [vec(x), c]`.

    Raises:
        ValueError: if a shape or the activation's name is not understood, or there is nothing to
            normalise.

    Example:
        The encoder of Zhang et al. 2019, section 3.1, with two means and two raw scales:

        >>> encoder = mlp(3, units=(400,) * 5, output_shape=4)
        >>> encoder.output_shape
        (None, 4)

        A decoder of images (section 3.2):

        >>> decoder = mlp(2, (512,) * 5, (28, 28, 1), "leaky_relu", "sigmoid")
        >>> decoder.output_shape
        (None, 28, 28, 1)

        The generator of Shen et al. 2020, appendix E.1:

        >>> generator = mlp(2, (500, 500), 2, batch_norm=True)
        >>> [type(layer).__name__ for layer in generator.layers[:3]]
        ['Dense', 'BatchNormalization', 'Activation']

        A decoder that is conditional on one of ten labels:

        >>> [tensor.shape for tensor in mlp(2, (512,), (28, 28, 1), condition_size=10).inputs]
        [(None, 2), (None, 10)]
    """
    input_shape = as_shape(input_shape, "input_shape")
    output_shape = as_shape(output_shape, "output_shape")
    hidden = as_shape(units, "units") if len(units) else ()

    if batch_norm and not hidden:
        check_left_out("batch_norm", batch_norm, "it is of hidden layers, and units=() has none")
    layers: list[keras.layers.Layer] = [keras.Input(input_shape)]
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten())
    options = {"kernel_initializer": kernel_initializer}
    for size in hidden:
        if batch_norm:
            layers += [keras.layers.Dense(size, use_bias=False, **options), normalisation()]
            layers.append(keras.layers.Activation(activation))
        else:
            layers.append(keras.layers.Dense(size, activation, **options))
    layers.append(keras.layers.Dense(math.prod(output_shape), activation=output_activation))
    if len(output_shape) > 1:
        layers.append(keras.layers.Reshape(output_shape))
    return sequence(layers, condition_size, name)
