"""How layers start."""

from __future__ import annotations

import math

import keras


def fan_in_uniform(inputs: int) -> dict[str, keras.initializers.Initializer]:
    """Draw kernel and bias from U(-a, a) with `a = 1 / sqrt(inputs)`.

    Random biases spread the kinks of a first layer over the plane. With biases of zero, Keras's
    default, all of them go through the origin.

    Args:
        inputs: size of what the layer takes.

    Returns:
        The two initializers, as arguments of `keras.layers.Dense`.

    Example:
        >>> import keras
        >>> layer = keras.layers.Dense(1_000, **fan_in_uniform(4))
        >>> layer.build((None, 4))
        >>> 0.49 < float(abs(layer.bias.numpy()).max()) <= 0.5
        True
    """
    limit = 1.0 / math.sqrt(inputs)
    return {
        "kernel_initializer": keras.initializers.RandomUniform(-limit, limit),
        "bias_initializer": keras.initializers.RandomUniform(-limit, limit),
    }
