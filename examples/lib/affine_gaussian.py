"""A Gaussian given by an affine map of a standard normal vector, x = W'z + b."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from scipy import linalg

import kfdiv


class AffineGaussian:
    """The law of `x = W'z + b`, z ~ N(0, I): `N(b, W'W)` (Rosca et al. 2018, eq. 8).

    W'W is the covariance of x, of shape `(d, d)` and of rank at most min(d, k): there must be at
    least as many latents as dimensions, or x has no density.

    Args:
        weights: W, shape `(k, d)`, k latents and d dimensions.
        mean: b, shape `(d,)`.

    Attributes:
        weights: in float64.
        mean: in float64.

    Example:
        >>> law = AffineGaussian([[2.0], [1.0]], [3.0])
        >>> law.covariance.tolist(), law.kl(law)
        ([[5.0]], 0.0)
    """

    def __init__(self, weights: Any, mean: Any) -> None:
        self.weights, self.mean = np.asarray(weights, np.float64), np.asarray(mean, np.float64)

    @classmethod
    def random(cls, dimensions: int, latents: int, seed: Any) -> AffineGaussian:
        """Draw one: entries of W are N(0, 1/k), so that x is of unit scale, and b is N(0, I).

        Args:
            dimensions: d.
            latents: k.
            seed: as of `numpy.random.default_rng`.
        """
        rng = np.random.default_rng(seed)
        weights = rng.standard_normal((latents, dimensions)) / math.sqrt(latents)
        return cls(weights, rng.standard_normal(dimensions))

    @functools.cached_property
    def covariance(self) -> np.ndarray:
        """W'W, float64 of shape `(d, d)`."""
        return self.weights.T @ self.weights

    def square(self) -> AffineGaussian:
        """Return the same law with as many latents as dimensions, W' a Cholesky factor.

        Raises:
            numpy.linalg.LinAlgError: if W'W is not of full rank.
        """
        return AffineGaussian(np.linalg.cholesky(self.covariance).T, self.mean)

    def kl(self, other: AffineGaussian) -> float:
        """Return KL[self || other] in nats, in closed form, in float64.

        `1/2 (|L^-1 M|^2 + |L^-1 (b - c)|^2 - d) + log det L - log det M`, M and L the Cholesky
        factors of the covariances of self and other, b and c the means.

        It is infinite where either covariance is not positive definite, as neither law then has a
        density under the other (unless both lie in one subspace, which is not looked for), and
        where it is too large for float64; NaN where a parameter is not finite.
        """
        parts = (self.weights, self.mean, other.weights, other.mean)
        if not all(np.isfinite(part).all() for part in parts):
            return math.nan
        try:
            mine, its = (np.linalg.cholesky(law.covariance) for law in (self, other))
        except np.linalg.LinAlgError:
            return math.inf
        between = np.column_stack([mine, self.mean - other.mean])
        with np.errstate(over="ignore"):
            squares = np.square(linalg.solve_triangular(its, between, lower=True)).sum()
        logs = np.log(np.diag(its)).sum() - np.log(np.diag(mine)).sum()
        # Rounding may take it below zero.
        return max(float(squares - len(mine)) / 2 + float(logs), 0.0)

    def dataset(self, batch_size: int, seed: int) -> Any:
        """Return a data set whose every step has draws of its own; they are drawn by `square`."""
        law = self.square()
        factor, mean = law.weights.astype("float32"), law.mean.astype("float32")
        zeros = np.zeros((batch_size, len(mean)), "float32")
        z = kfdiv.data.with_noise(kfdiv.data.from_arrays(zeros, batch_size=batch_size), 1.0, seed)
        return kfdiv.data.map_batches(z, lambda z: z @ factor + mean)
