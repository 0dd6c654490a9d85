"""A recurrent network whose d-th output depends on the inputs before the d-th."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.networks.shapes import as_shape, as_size

# What an LSTM is told of which coordinate it is at.
_PLACE_FEATURES = 16


def recurrent_network(
    size: int,
    units: Sequence[int],
    outputs: int = 1,
    activation: str | Callable = "tanh",
    output_initializer: str | keras.initializers.Initializer = "glorot_uniform",
    dtype: Any = None,
    name: str | None = None,
) -> keras.Model:
    """LSTMs over the coordinates, `h_d = LSTM(h_{d-1}, x_{d-1}, e_d)`, `y_d = W h_d + b_d`.

    Each step is given the coordinate before, zero before the first, and learned features e_d of its
    place; the outputs have a bias b_d a place. It is to `made` what a recurrent network is to a
    masked one: as many weights for many coordinates as for few, and a step a coordinate.

    Args:
        size: D, the length of x.
        units: sizes of the LSTMs, one on another; one or more.
        outputs: numbers that describe each coordinate, 2 for a location and a scale.
        activation: of the LSTMs' candidates and outputs, any Keras activation.
        output_initializer: of W.
        dtype: dtype policy of the layers; Keras's default if None.
        name: the model's name.

    Returns:
        A built `keras.Sequential` from `(batch, size)` to `(batch, size, outputs)`.

    Raises:
        ValueError: if a size or the activation's name is not understood.

    Example:
        >>> recurrent_network(3, units=[16], outputs=2).output_shape
        (None, 3, 2)

    Source: Hochreiter and Schmidhuber 1997; Rosca et al. 2018, appendix A.4.
    """
    size, outputs = as_size(size, "size"), as_size(outputs, "outputs")
    widths = as_shape(units, "units")
    policy = keras.dtype_policies.get(dtype)
    layers: list[keras.layers.Layer] = [
        # Half precision begins in the layers, not at the door.
        keras.Input((size,), dtype=density_dtype(policy)),
        keras.layers.Reshape((size, 1), dtype=policy),
        keras.layers.ZeroPadding1D((1, 0), dtype=policy),
        keras.layers.Cropping1D((0, 1), dtype=policy),
        keras.layers.EinsumDense(
            "bdi,if->bdf",
            output_shape=(size, _PLACE_FEATURES),
            bias_axes="df",
            bias_initializer="random_normal",
            dtype=policy,
        ),
    ]
    layers += [
        # cuDNN's cannot be compiled with the rest of a train step.
        keras.layers.LSTM(
            width, activation=activation, return_sequences=True, use_cudnn=False, dtype=policy
        )
        for width in widths
    ]
    layers.append(
        keras.layers.EinsumDense(
            "bdu,uk->bdk",
            output_shape=(size, outputs),
            bias_axes="dk",
            kernel_initializer=output_initializer,
            dtype=policy,
        )
    )
    return keras.Sequential(layers, name=name)
