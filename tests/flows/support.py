"""What the tests of flows share."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf


def randomize(layer: keras.layers.Layer, scale: float = 0.5, seed: int = 0) -> keras.layers.Layer:
    """Move every weight off its start, kernels in proportion to the signal that they receive."""
    rng = np.random.default_rng(seed)
    for weight in layer.weights:
        fan_in = weight.shape[0] if len(weight.shape) > 1 else 1
        weight.assign(rng.normal(size=weight.shape) * scale / np.sqrt(fan_in))
    return layer


def normals(*shape: int, seed: int = 0, dtype: str = "float64") -> np.ndarray:
    """Return standard normal draws that are not the package's."""
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def jacobians(function, x: np.ndarray) -> np.ndarray:
    """Return d function(x)_i / d x_j for each example, by autodiff."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.batch_jacobian(y, x).numpy()
