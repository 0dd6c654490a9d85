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
    """Return d function(x)_i / d x_j for each example, by autodiff.

    One output at a time: examples do not mix, and `batch_jacobian` traces a graph for every use.
    """
    x = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = function(x)
        outputs = tf.unstack(tf.reshape(y, [len(x), -1]), axis=1)
    rows = [tape.gradient(output, x, unconnected_gradients="zero") for output in outputs]
    return np.stack(rows, axis=1).reshape(*y.shape, *x.shape[1:])
