"""Networks of an evaluation's own: their first weights are a function of its seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


def draw_weights(layer: keras.layers.Layer, seed: int) -> None:
    """Draw anew, Glorot's uniform, every matrix that did not start at one value everywhere.

    That is for layers that were made here, densities among them; `begun_afresh` is for a network of
    the user's, whose own initializers it keeps, and which it leaves as it is.

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


def begun_afresh(network: keras.Model, seed: int) -> keras.Model:
    """Return an untrained network of the same layers, its kernels a function of the seed.

    Args:
        network: a built network.
        seed: of the initializers, where they have one.

    Example:
        >>> import kfdiv
        >>> network = kfdiv.networks.mlp(2, [8], 1)
        >>> one, again, other = (begun_afresh(network, seed).get_weights() for seed in (0, 0, 1))
        >>> bool((one[0] == again[0]).all()), bool((one[0] == other[0]).all())
        (True, False)
    """
    clone = keras.models.clone_model(network)
    for k, layer in enumerate(_with_kernels(clone)):
        config = layer.kernel_initializer.get_config()
        if "seed" in config:
            start = type(layer.kernel_initializer).from_config({**config, "seed": 1_000 * seed + k})
            layer.kernel.assign(start(layer.kernel.shape, layer.kernel.dtype))
    return clone


def _with_kernels(layer: Any) -> Iterator[keras.layers.Layer]:
    inner = getattr(layer, "layer", None)  # of a wrapper
    parts = [*getattr(layer, "layers", []), *([] if inner is None else [inner])]
    if not parts and hasattr(layer, "kernel") and hasattr(layer, "kernel_initializer"):
        yield layer
    for part in parts:
        yield from _with_kernels(part)
