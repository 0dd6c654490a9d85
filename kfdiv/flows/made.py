"""MADE: a network whose d-th output depends on the inputs before the d-th."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.flows.masked_dense import MaskedDense
from kfdiv.networks.shapes import as_shape, as_size


def made(
    size: int,
    units: Sequence[int],
    outputs: int = 1,
    activation: str | Callable = "tanh",
    output_initializer: str | keras.initializers.Initializer = "glorot_uniform",
    dtype: Any = None,
    name: str | None = None,
) -> keras.Sequential:
    """Masked dense layers, `y_d = y_d(x_1, ..., x_{d-1})` for every d in one pass.

    The hidden units' degrees spread evenly over 1 .. D - 1, so that with D - 1 units a layer or
    more every output can see every input before it. The first output sees nothing; of one
    coordinate it is all there is, and then there are no hidden layers.

    Args:
        size: D, the length of x.
        units: sizes of the hidden layers.
        outputs: numbers that describe each coordinate, 2 for a location and a scale.
        activation: of the hidden layers, any Keras activation.
        output_initializer: of the last layer's kernel.
        dtype: dtype policy of the layers; Keras's default if None.
        name: the model's name.

    Returns:
        A built `keras.Sequential` from `(batch, size)` to `(batch, size, outputs)`.

    Raises:
        ValueError: if a size or the activation's name is not understood.

    Example:
        >>> network = made(3, units=[16, 16], outputs=2)
        >>> network.output_shape
        (None, 3, 2)

    Source: Germain et al. 2015, "MADE: masked autoencoder for distribution estimation", section 4.
    """
    size, outputs = as_size(size, "size"), as_size(outputs, "outputs")
    hidden = as_shape(units, "units") if len(units) and size > 1 else ()
    policy = keras.dtype_policies.get(dtype)
    # Half precision begins in the layers, not at the door.
    layers: list[keras.layers.Layer] = [keras.Input((size,), dtype=density_dtype(policy))]
    degrees = np.arange(1, size + 1)
    for width in hidden:
        spread = np.ceil(np.linspace(1, size - 1, width)).astype(int)
        layers.append(MaskedDense(degrees, spread, activation=activation, dtype=policy))
        degrees = spread
    layers.append(
        MaskedDense(
            degrees,
            np.repeat(np.arange(1, size + 1), outputs),
            strict=True,
            kernel_initializer=output_initializer,
            dtype=policy,
        )
    )
    layers.append(keras.layers.Reshape((size, outputs), dtype=policy))
    return keras.Sequential(layers, name=name)
