"""How networks take a condition: as a further input, joined to what they work on."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from kfdiv.arguments import check_count


def condition_inputs(condition_size: int) -> list[keras.KerasTensor]:
    """Return the input of a condition, of shape `(batch, condition_size)`, in a list.

    Args:
        condition_size: its size; 0 stands for no condition, and gives an empty list.

    Raises:
        ValueError: if it is no integer of at least 0.

    Example:
        >>> [tensor.shape for tensor in condition_inputs(10)], condition_inputs(0)
        ([(None, 10)], [])
    """
    size = check_count("condition_size", condition_size, least=0)
    return [keras.Input((size,), name="condition")] if size else []


def join(features: keras.KerasTensor, condition: list[keras.KerasTensor]) -> keras.KerasTensor:
    """Return features with the condition beside them: of images, in every pixel.

    Args:
        features: of shape `(batch, size)` or `(batch, height, width, channels)`.
        condition: of `condition_inputs`.

    Example:
        >>> join(keras.Input((8, 8, 3)), condition_inputs(10)).shape
        (None, 8, 8, 13)
    """
    if not condition:
        return features
    (beside,) = condition
    if len(features.shape) == 4:
        height, width = features.shape[1:3]
        beside = keras.layers.RepeatVector(height * width)(beside)
        beside = keras.layers.Reshape((height, width, beside.shape[-1]))(beside)
    return keras.layers.Concatenate()([features, beside])


def sequence(
    layers: Sequence[keras.layers.Layer], condition_size: int = 0, name: str | None = None
) -> keras.Model:
    """Return layers one after another; a condition joins their input, flattened if they flatten it.

    Args:
        layers: the first of them a `keras.Input`.
        condition_size: of the condition; 0 for none.
        name: the model's name.

    Returns:
        A built `keras.Sequential`; with a condition a functional model of `[x, c]`.

    Example:
        >>> layers = [keras.Input((3,)), keras.layers.Dense(2)]
        >>> [tensor.shape for tensor in sequence(layers, condition_size=5).inputs]
        [(None, 3), (None, 5)]
    """
    condition = condition_inputs(condition_size)
    if not condition:
        return keras.Sequential(list(layers), name=name)
    x, *rest = layers
    features = rest.pop(0)(x) if isinstance(rest[0], keras.layers.Flatten) else x
    features = join(features, condition)
    for layer in rest:
        features = layer(features)
    return keras.Model([x, *condition], features, name=name)
