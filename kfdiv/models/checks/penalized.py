"""Critics whose slope is penalised: each output must be a function of its own example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import tensorflow as tf


def check_penalized(critic: keras.layers.Layer, penalty: Any) -> None:
    """Raise if a critic normalises by the batch, and has a penalty on its slope.

    The gradient of such a critic's outputs in one example holds what that example does to the
    others' outputs, so it is no slope. Source: Gulrajani et al. 2017, section 4, "No critic batch
    normalization".

    Args:
        critic: whose slope it is.
        penalty: a `kfdiv.penalties.Penalty`, or None.

    Raises:
        ValueError: naming the first such layer. One that is frozen normalises by its averages, and
            is none.
    """
    if penalty is None:
        return
    for layer in layers_of(critic):
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            raise ValueError(
                f"The penalty {type(penalty).__name__} is of the critic's slope at one example, "
                f"but the critic's batch normalisation ({layer.name!r}) makes an output depend on "
                "the whole batch. Build the critic without it (kfdiv.networks.rosca_critic(..., "
                "batch_norm=False)) or with keras.layers.LayerNormalization, or leave the penalty "
                "out: penalty=None."
            )


def layers_of(layer: Any, seen: set[int] | None = None) -> Iterator[keras.layers.Layer]:
    """Yield the layers inside of a layer, at any depth.

    Args:
        layer: a network, or a layer that has others among its attributes.
        seen: ids of those that were found before.

    Example:
        >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="inner")])
        >>> [layer.name for layer in layers_of(keras.Sequential([network]))][1:]
        ['inner']
    """
    seen = set() if seen is None else seen
    inside = layer.layers if isinstance(layer, keras.Model) else vars(layer).values()
    for part in tf.nest.flatten([one for one in inside if not isinstance(one, Mapping)]):
        if isinstance(part, keras.layers.Layer) and id(part) not in seen:
            seen.add(id(part))
            yield part
            yield from layers_of(part, seen)
