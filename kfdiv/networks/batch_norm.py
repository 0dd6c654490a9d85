"""Batch normalisation, with the settings of the papers' authors."""

from __future__ import annotations

import keras


def batch_norm() -> keras.layers.BatchNormalization:
    """Batch normalisation over all replicas; its moving averages keep 9 parts in 10.

    Statistics are those of the whole batch, so the number of devices does not change the result. A
    layer before it needs no bias: the normalisation would subtract it.

    Example:
        >>> batch_norm().epsilon
        1e-05
    """
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, synchronized=True)
