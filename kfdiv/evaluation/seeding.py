"""Networks of an evaluation's own: their first weights are a function of its seed."""

from __future__ import annotations

import keras
import numpy as np


def draw_weights(layer: keras.layers.Layer, seed: int) -> None:
    """Draw anew, Glorot's uniform, every matrix that did not start at one value everywhere.

    Args:
        layer: just built.
        seed: integer.

    Example:
        >>> import kfdiv
        >>> first, second = (kfdiv.networks.mlp(2, [3], 1) for _ in range(2))
        >>> for network in (first, second):
        ...     draw_weights(network, seed=0)
        >>> bool(np.all(first.get_weights()[0] == second.get_weights()[0]))
        True
    """
    drawn = [
        variable
        for variable in layer.trainable_variables
        if len(variable.shape) > 1 and np.ptp(variable.numpy()) > 0
    ]
    for k, variable in enumerate(drawn):
        start = keras.initializers.GlorotUniform(seed=len(drawn) * seed + k)
        variable.assign(start(variable.shape))
