"""A generator of a Gaussian in the plane, x = A z + b, and a critic."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

import kfdiv


def build(
    objective: type, seed: int, mean: Any = (0.0, 0.0), covariance: Any = ((1.0, 0.0), (0.0, 1.0))
) -> kfdiv.models.GenerativeModel:
    """Return a generator of N(mean, covariance) and a critic."""
    keras.utils.set_random_seed(seed)
    network = kfdiv.networks.mlp(2, [], 2)
    network.layers[-1].set_weights([np.linalg.cholesky(covariance).T, np.array(mean)])
    critic = kfdiv.networks.mlp(2, [64, 64], 1, activation="silu")
    return objective(kfdiv.distributions.Deterministic(network), critic, seed=seed)


def moments(model: kfdiv.models.GenerativeModel) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the covariance of a generator, in float64."""
    kernel, bias = (w.astype("float64") for w in model.decoder.network.layers[-1].get_weights())
    return bias, kernel.T @ kernel
