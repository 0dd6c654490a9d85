"""Linear-Gaussian models, whose aggregate posterior is known."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import special, stats

import kfdiv

tfd = tfp.distributions


class Linear(NamedTuple):
    """A model whose encoder is `q(z|x) = N(W^T x + b, diag(s^2))`.

    Attributes:
        model: with it.
        weight: W, shape `(features, size)`.
        bias: b.
        scale: s.
    """

    model: kfdiv.models.VAE
    weight: np.ndarray
    bias: np.ndarray
    scale: np.ndarray

    def means(self, x: np.ndarray) -> np.ndarray:
        return x @ self.weight + self.bias

    def log_q(self, z: np.ndarray, x: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """Return log q(z) over a data set, by SciPy."""
        weight = np.ones(len(x)) if weight is None else weight
        parts = stats.norm.logpdf(z[:, None], self.means(x), self.scale).sum(axis=2)
        return special.logsumexp(parts, axis=1, b=weight / weight.sum())

    def average_kl(self, x: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the mean of KL(q(z|x) || p(z)), p standard normal."""
        squares = np.average(np.sum(self.means(x) ** 2, axis=1), weights=weight)
        return 0.5 * (squares + np.sum(self.scale**2 - 1 - 2 * np.log(self.scale)))

    def limit(self) -> float:
        """Return KL(q(z) || p(z)) of infinitely many standard normal x: q(z) is a Gaussian."""
        covariance = self.weight.T @ self.weight + np.diag(self.scale**2)
        trace = np.trace(covariance) + self.bias @ self.bias
        return 0.5 * (trace - len(self.bias) - np.linalg.slogdet(covariance)[1])


def linear(features: int, size: int, scale: float, stretch: float = 0.7, seed: int = 0) -> Linear:
    """Return a linear encoder with random weights."""
    rng = np.random.default_rng(seed)
    weight, bias = stretch * rng.normal(size=(features, size)), rng.normal(size=size)
    network = kfdiv.networks.mlp(features, [], size)
    network.layers[-1].set_weights([weight, bias])
    encoder = kfdiv.distributions.Normal(network, scale=scale)
    decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(size, [], features), scale=1.0)
    # Weights as the network holds them.
    weight, bias = (part.astype("float64") for part in network.layers[-1].get_weights())
    return Linear(kfdiv.models.VAE(encoder, decoder), weight, bias, np.full(size, scale))


@keras.saving.register_keras_serializable(package="tests")
class Laplace(kfdiv.distributions.Normal):
    """An encoder with a density that is no Gaussian."""

    def distribution(self, inputs, training=None):
        return self._independent(tfd.Laplace(*self(inputs, training=training)))

    def draw(self, distribution, seed):
        laplace = distribution.distribution
        u = kfdiv.random.uniform(tf.shape(laplace.loc), seed, laplace.dtype)
        return laplace.quantile(u)


def with_encoder(linear: Linear, encoder: keras.layers.Layer) -> kfdiv.models.AAE:
    """Return a model with another encoder, which may lack a density."""
    critic = kfdiv.networks.mlp(linear.model.prior.size, [], 1)
    return kfdiv.models.AAE(encoder, linear.model.decoder, critic)


def normals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def whitened(*shape: int, seed: int = 0) -> np.ndarray:
    """Return normal draws whose mean and covariance are those of their law, exactly."""
    x = normals(*shape, seed=seed)
    x -= x.mean(axis=0)
    return np.linalg.solve(np.linalg.cholesky(np.cov(x.T, ddof=0)), x.T).T
