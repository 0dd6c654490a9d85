"""A mixture of Gaussians in the plane, of any covariances, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special, stats


class PlaneMixture:
    """A mixture of Gaussians in the plane, of equal weights.

    Args:
        means: each of two numbers.
        covariances: each 2 x 2.
    """

    def __init__(self, means: list[Any], covariances: list[Any]) -> None:
        pairs = zip(means, covariances, strict=True)
        self.components = [stats.multivariate_normal(*pair) for pair in pairs]

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return log p(x) in float64, from `(..., 2)` to `(...)`."""
        parts = [component.logpdf(x) for component in self.components]
        return special.logsumexp(parts, axis=0) - np.log(len(parts))

    def draw(self, num: int, seed: int) -> np.ndarray:
        """Return `num` draws, `(num, 2)`."""
        rng = np.random.default_rng(seed)
        draws = [component.rvs(num, random_state=rng) for component in self.components]
        return np.stack(draws)[rng.integers(len(draws), size=num), np.arange(num)]

    def starts(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return mean and covariance of the mixture, and of each component."""
        means = np.array([component.mean for component in self.components])
        inner = np.mean([component.cov for component in self.components], axis=0)
        whole = (means.mean(axis=0), inner + np.cov(means.T, ddof=0))
        return [whole, *((component.mean, component.cov) for component in self.components)]
