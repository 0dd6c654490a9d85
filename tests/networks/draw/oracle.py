"""DRAW in NumPy, one example and one pixel at a time, from equations 3 to 8 and 19 to 29."""

from __future__ import annotations

import keras
import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def filters(parameters: np.ndarray, size: int, height: int, width: int) -> tuple[np.ndarray, ...]:
    """Return F_Y, F_X and gamma of one image."""
    g_x, g_y, log_variance, log_stride, log_gamma = parameters
    g_x, g_y = (width + 1) / 2 * (g_x + 1), (height + 1) / 2 * (g_y + 1)
    stride = (max(width, height) - 1) / (size - 1) * np.exp(log_stride)
    found = []
    for center, length in ((g_y, height), (g_x, width)):
        bank = np.zeros((size, length))
        for i in range(1, size + 1):
            mean = center + (i - size / 2 - 0.5) * stride
            for a in range(1, length + 1):
                bank[i - 1, a - 1] = np.exp(-((a - mean) ** 2) / (2 * np.exp(log_variance)))
            bank[i - 1] /= bank[i - 1].sum()
        found.append(bank)
    return *found, np.exp(log_gamma)


def lstm(cell: keras.layers.LSTMCell, x: np.ndarray, state: list) -> list[np.ndarray]:
    """Return the new state, `[h, c]`, of one example."""
    kernel, recurrent, bias = (np.asarray(weight) for weight in cell.weights)
    i, f, g, o = np.split(x @ kernel + state[0] @ recurrent + bias, 4)
    memory = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(memory), memory]


def dense(layer: keras.layers.Dense, x: np.ndarray) -> np.ndarray:
    return x @ np.asarray(layer.kernel) + np.asarray(layer.bias)


def read(layer: keras.layers.Layer, x: np.ndarray, error: np.ndarray, h: np.ndarray) -> np.ndarray:
    if not layer.weights:
        return np.concatenate([x.ravel(), error.ravel()])
    rows, columns, gamma = filters(dense(layer.parameters, h), layer.size, *x.shape[:2])
    patches = [
        np.stack([gamma * rows @ one[..., c] @ columns.T for c in range(x.shape[2])], -1)
        for one in (x, error)
    ]
    return np.concatenate([patch.ravel() for patch in patches])


def write(layer: keras.layers.Layer, h: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if hasattr(layer, "dense"):
        return dense(layer.dense, h).reshape(shape)
    rows, columns, gamma = filters(dense(layer.parameters, h), layer.size, *shape[:2])
    patch = dense(layer.patch, h).reshape(layer.size, layer.size, shape[2])
    return np.stack([rows.T @ patch[..., c] @ columns / gamma for c in range(shape[2])], -1)


def run(encoder: keras.layers.Layer, x: np.ndarray, noise: np.ndarray) -> dict[str, np.ndarray]:
    """Go through the steps for one x, and return z, loc, scale and the last canvas."""
    decoder = encoder.decoder
    state, hidden = ([np.asarray(s) for s in one.initial_states] for one in (encoder, decoder))
    canvas, found = np.asarray(decoder.initial_canvas), {"z": [], "loc": [], "scale": []}
    for epsilon in noise.reshape(decoder.steps, -1):
        error = x - (sigmoid(canvas) if decoder.link == "sigmoid" else canvas)
        seen = read(encoder.read, x, error, hidden[0])
        state = lstm(encoder.cell, np.concatenate([seen, hidden[0]]), state)
        loc, raw = np.split(dense(encoder.posterior, state[0]), 2)
        scale = encoder.min_scale + np.log1p(np.exp(raw + np.log(np.e - 1)))
        z = loc + scale * epsilon
        hidden = lstm(decoder.cell, z, hidden)
        canvas = canvas + write(decoder.write, hidden[0], canvas.shape)
        for name, value in (("z", z), ("loc", loc), ("scale", scale)):
            found[name].append(value)
    return {**{name: np.concatenate(parts) for name, parts in found.items()}, "canvas": canvas}
