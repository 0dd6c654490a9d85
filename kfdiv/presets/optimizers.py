"""Optimizers that several presets have."""

from __future__ import annotations

import keras


def decaying_adam(
    learning_rate: float, steps: int, end: float = 0.01
) -> keras.optimizers.Optimizer:
    """Return Adam whose learning rate falls along a cosine to the share `end` of what it was.

    Args:
        learning_rate: at the first step.
        steps: until it has fallen; it stays there.
        end: a share.

    Example:
        >>> optimizer = decaying_adam(1e-3, steps=100)
        >>> _ = optimizer.iterations.assign(100)
        >>> float(optimizer.learning_rate)
        1e-05
    """
    return keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(learning_rate, steps, alpha=end)
    )


def clip(optimizer: keras.optimizers.Optimizer, norm: float) -> None:
    """Scale gradients of a larger norm, of all weights together, down to `norm`.

    Args:
        optimizer: of the weights; a composite one's parts clip, each what all of them are given.
        norm: positive.

    Example:
        >>> optimizer = keras.optimizers.SGD(1.0)
        >>> clip(optimizer, 0.5)
        >>> weight = keras.Variable([0.0])
        >>> optimizer.apply([keras.ops.convert_to_tensor([4.0])], [weight])
        >>> weight.numpy()
        array([-0.5], dtype=float32)
    """
    for part in getattr(optimizer, "optimizers", [optimizer]):
        part.global_clipnorm = norm
