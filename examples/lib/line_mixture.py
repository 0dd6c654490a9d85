"""A mixture of Gaussians on the line, standardised for networks and exact in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

import kfdiv


class LineMixture:
    """A mixture of Gaussians on the line, and the same with mean 0 and standard deviation 1.

    Fits run on the standardised mixture: an f-divergence is invariant under the change of
    variables, and the networks then see inputs of one size whatever the mixture.
    """

    def __init__(self, weights: list[float], means: list[float], scales: list[float]) -> None:
        self._known = known = kfdiv.distributions.GaussianMixture(weights, means, scales)
        self.weights, self.means, self.scales = known.weights, known.means[:, 0], known.scales
        self.mean = float(self.weights @ self.means)
        second = self.weights @ (np.square(self.means) + np.square(self.scales))
        self.std = float(np.sqrt(second - self.mean**2))

    def standardised(self) -> kfdiv.distributions.GaussianMixture:
        """Return the mixture of (x - mean) / std."""
        means = (self.means - self.mean) / self.std
        return kfdiv.distributions.GaussianMixture(self.weights, means, self.scales / self.std)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return log p(x) in float64."""
        return self._known.log_prob(np.asarray(x, np.float64)[..., None], width=None).numpy()

    def mean_log_prob(self) -> float:
        """Return E[log p(x)], minus the entropy, by quadrature."""
        x = np.linspace(*self.support(), 200_001)
        log_p = self.log_prob(x)
        return float(np.trapezoid(np.exp(log_p) * log_p, x))

    def support(self) -> tuple[float, float]:
        """Return an interval that holds the mass of the mixture and of any Gaussian near it."""
        reach = 10 * max(self.std, self.scales.max())
        return self.means.min() - reach, self.means.max() + reach

    def starts(self) -> list[tuple[float, float]]:
        """Return (mu, sigma) of the mixture and of each component."""
        return [(self.mean, self.std), *zip(self.means, self.scales, strict=True)]

    def dataset(self, batch_size: int, seed: int, num_examples: int = 100_000) -> Any:
        """Return standardised draws, in batches."""
        return kfdiv.data.load(
            "gaussian_mixture",
            weights=self.weights.tolist(),
            means=((self.means - self.mean) / self.std).tolist(),
            scales=(self.scales / self.std).tolist(),
            num_examples=num_examples,
            batch_size=batch_size,
            seed=seed,
        )
