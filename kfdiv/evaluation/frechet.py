"""The Fréchet distance between features of two sets of examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Features = Callable[[Any], Any]


class Moments:
    """Streaming mean and covariance in float64; batches are merged by their deviations.

    Raises:
        ValueError: on `update`, if features are not a matrix of the width met so far.

    Example:
        >>> moments = Moments()
        >>> moments.update([[0.0, 1.0]]); moments.update([[2.0, 1.0], [4.0, 1.0]])
        >>> moments.count, moments.mean.tolist(), moments.covariance().tolist()
        (3, [2.0, 1.0], [[4.0, 0.0], [0.0, 0.0]])
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = np.zeros(0)
        self._scatter = np.zeros((0, 0))

    def update(self, features: Any) -> None:
        """Add features of shape `(batch, dims)`."""
        features = np.asarray(features, np.float64)
        dims = len(self.mean) if self.count else features.shape[-1]
        if features.ndim != 2 or features.shape[1] != dims or not np.isfinite(features).all():
            raise ValueError(
                f"Features must be finite and of shape (batch, {dims}), but got {features.shape}"
                + (" with NaN or infinity in it." if features.ndim == 2 else ".")
            )
        if not self.count:
            self.mean, self._scatter = np.zeros(dims), np.zeros((dims, dims))
        count, mean = len(features), features.mean(axis=0)
        deviations, shift = features - mean, mean - self.mean
        total = self.count + count
        # Chan et al. 1983: no difference of large sums, whatever the mean is.
        self._scatter += deviations.T @ deviations
        self._scatter += np.outer(shift, shift) * (self.count * count / total)
        self.mean = self.mean + shift * (count / total)
        self.count = total

    def covariance(self) -> np.ndarray:
        """Return the unbiased covariance so far, shape `(dims, dims)`."""
        if self.count < 2:
            raise ValueError(f"A covariance needs two examples or more, but got {self.count}.")
        return self._scatter / (self.count - 1)


def frechet_distance(mean_a: Any, covariance_a: Any, mean_b: Any, covariance_b: Any) -> float:
    """Return `|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^(1/2) C_b C_a^(1/2))^(1/2))` of two Gaussians.

    The trace of the square root is the sum of the roots of eigenvalues of a symmetric matrix, so
    it is real, singular covariances included.

    Source: Dowson and Landau 1982; Heusel et al. 2017, eq. 6.

    Args:
        mean_a: shape `(dims,)`.
        covariance_a: symmetric, shape `(dims, dims)`.
        mean_b: as `mean_a`.
        covariance_b: as `covariance_a`.

    Returns:
        The squared 2-Wasserstein distance of the Gaussians, in squared units of the features.

    Raises:
        ValueError: if the shapes do not fit.

    Example:
        >>> frechet_distance([0.0, 0.0], np.eye(2), [3.0, 0.0], 4 * np.eye(2))
        11.0
    """
    parts = mean_a, mean_b, covariance_a, covariance_b
    mean_a, mean_b, covariance_a, covariance_b = (np.asarray(part, np.float64) for part in parts)
    dims = mean_a.size
    expected = [(dims,), (dims,), (dims, dims), (dims, dims)]
    shapes = [part.shape for part in (mean_a, mean_b, covariance_a, covariance_b)]
    if shapes != expected:
        raise ValueError(
            f"Received means and covariances of shapes {shapes}; expected {expected}. Both sets "
            "need features of one width."
        )
    values, vectors = np.linalg.eigh(covariance_a)
    # Rounding leaves eigenvalues of singular covariances slightly below zero.
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    products = np.linalg.eigvalsh(root @ covariance_b @ root)
    overlap = np.sqrt(np.maximum(products, 0.0)).sum()
    spread = np.trace(covariance_a) + np.trace(covariance_b) - 2 * overlap
    return float(np.square(mean_a - mean_b).sum() + max(spread, 0.0))


def frechet_between(
    real: Iterable[Any], generated: Iterable[Any], features: Features | None = None
) -> float:
    """Return the Fréchet distance between the features of two streams of batches.

    It falls with the number of examples, so compare models at one size of both sets (AGE takes
    50,000 generated images).

    Args:
        real: batches `x` or `(x, y)`, a `tf.data.Dataset` say.
        generated: batches of samples.
        features: a function of a batch that returns `(batch, dims)`, such as
            `DigitClassifier.features` or `InceptionFeatures()`; by default the examples themselves
            are flattened.

    Returns:
        The distance, in squared units of the features.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> real = [rng.normal(size=(500, 2)) for _ in range(4)]
        >>> frechet_between(real, real)
        0.0
        >>> round(frechet_between(real, [batch + 1.0 for batch in real]), 6)
        2.0
    """
    of_real, of_generated = (_moments(batches, features) for batches in (real, generated))
    return frechet_distance(
        of_real.mean, of_real.covariance(), of_generated.mean, of_generated.covariance()
    )


def _moments(batches: Iterable[Any], features: Features | None) -> Moments:
    moments = Moments()
    for batch in batches:
        x = batch[0] if isinstance(batch, (tuple, list)) else batch
        moments.update(np.reshape(x, (len(x), -1)) if features is None else features(x))
    return moments
