"""The Fréchet distance between features of two sets of examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kfdiv.arguments import check_callable
from kfdiv.data import examples, validate
from kfdiv.evaluation.sets import RangeMet, known_range

Features = Callable[[Any], Any]


# Relative, of a covariance that is computed in float32.
_ROUNDING = 1e-4


class Moments:
    """Streaming mean and covariance in float64; batches are merged by their deviations.

    Weights say how often an example counts: whole numbers are repeated examples.

    Attributes:
        count: how many examples there were, or the sum of their weights.
        mean: their mean, shape `(dims,)`.

    Raises:
        ValueError: on `update`, if features are not a matrix of the width met so far, or weights
            not one for each of them.

    Example:
        >>> moments = Moments()
        >>> moments.update([[0.0, 1.0]]); moments.update([[2.0, 1.0], [4.0, 1.0]])
        >>> moments.count, moments.mean.tolist(), moments.covariance().tolist()
        (3, [2.0, 1.0], [[4.0, 0.0], [0.0, 0.0]])
    """

    def __init__(self) -> None:
        self.count: float = 0
        self.mean = np.zeros(0)
        self._scatter = np.zeros((0, 0))

    def update(self, features: Any, sample_weight: Any = None) -> None:
        """Add features of shape `(batch, dims)`, and their weights, shape `(batch,)`, if any."""
        features = np.asarray(features, np.float64)
        dims = len(self.mean) if self.count else features.shape[-1]
        if features.ndim != 2 or features.shape[1] != dims or not np.isfinite(features).all():
            raise ValueError(
                f"Features must be finite and of shape (batch, {dims}), but got {features.shape}"
                + (" with NaN or infinity in it." if features.ndim == 2 else ".")
            )
        if not self.count:
            self.mean, self._scatter = np.zeros(dims), np.zeros((dims, dims))
        if sample_weight is None:
            count, mean = len(features), features.mean(axis=0)
            deviations = features - mean
            scatter = deviations.T @ deviations
        else:
            weight = np.asarray(sample_weight, np.float64)
            validate.check_weights(weight, len(features))
            count = weight.sum()
            if not count:
                return
            mean = weight @ features / count
            deviations = features - mean
            scatter = (deviations.T * weight) @ deviations
        shift, total = mean - self.mean, self.count + count
        # Chan et al. 1983: no difference of large sums, whatever the mean is.
        self._scatter += scatter
        self._scatter += np.outer(shift, shift) * (self.count * count / total)
        self.mean = self.mean + shift * (count / total)
        self.count = total

    def covariance(self) -> np.ndarray:
        """Return the unbiased covariance so far, shape `(dims, dims)`.

        With weights its denominator is `sum w - 1`, as of repeated examples.
        """
        if self.count < 2:
            raise ValueError(
                f"A covariance needs two examples or more, but got {self.count}. Weights say how "
                "often an example counts, so they add up to a number of examples."
            )
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
        ValueError: if the shapes do not fit, numbers are not finite, or a covariance is none.

    Example:
        >>> frechet_distance([0.0, 0.0], np.eye(2), [3.0, 0.0], 4 * np.eye(2))
        11.0
    """
    names = ("mean_a", "mean_b", "covariance_a", "covariance_b")
    parts = (mean_a, mean_b, covariance_a, covariance_b)
    mean_a, mean_b, covariance_a, covariance_b = map(_numbers, names, parts)
    dims = mean_a.size
    expected = [(dims,), (dims,), (dims, dims), (dims, dims)]
    shapes = [part.shape for part in (mean_a, mean_b, covariance_a, covariance_b)]
    if shapes != expected:
        raise ValueError(
            f"Received means and covariances of shapes {shapes}; expected {expected}. Both sets "
            "need features of one width."
        )
    for name, covariance in (("covariance_a", covariance_a), ("covariance_b", covariance_b)):
        size = np.abs(covariance).max(initial=0.0)
        if (
            np.abs(covariance - covariance.T).max(initial=0.0) > _ROUNDING * size
            or (np.diag(covariance) < -_ROUNDING * size).any()
        ):
            raise ValueError(
                f"{name} must be a covariance, symmetric with variances of at least 0, but is not. "
                "np.cov(features, rowvar=False) makes one of features (examples, dims)."
            )
    values, vectors = np.linalg.eigh(covariance_a)
    # Rounding leaves eigenvalues of singular covariances slightly below zero.
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    products = np.linalg.eigvalsh(root @ covariance_b @ root)
    overlap = np.sqrt(np.maximum(products, 0.0)).sum()
    spread = np.trace(covariance_a) + np.trace(covariance_b) - 2 * overlap
    return float(np.square(mean_a - mean_b).sum() + max(spread, 0.0))


def _numbers(name: str, value: Any) -> np.ndarray:
    """Return means or covariances in float64, or raise if they are none."""
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        found = np.asarray(np.nan)
    if not np.isfinite(found).all():
        raise ValueError(
            f"{name} must hold finite numbers, but got {value!r:.200}. Means and covariances are "
            "those of Moments, of features of two examples or more."
        )
    return found


def frechet_between(
    real: Any,
    generated: Any,
    features: Features | None = None,
    *,
    real_weight: Any = None,
    generated_weight: Any = None,
    value_range: tuple[float, float] | None = None,
) -> float:
    """Return the Fréchet distance between the features of two sets of examples.

    It falls with the number of examples, so compare models at one size of both sets (AGE takes
    50,000 generated images).

    Args:
        real: data, whatever `fit` takes, or a list of batches x, `(x, y)` or `(x, y, w)`. The
            weights w define the distribution: moments are weighted.
        generated: samples, likewise.
        features: a function of a batch that returns `(batch, dims)`, such as
            `DigitClassifier.features` or `InceptionFeatures()`; by default the examples themselves
            are flattened.
        real_weight: how often each example of an array counts, shape `(examples,)`.
        generated_weight: likewise.
        value_range: what 8-bit pixels are scaled to; by default the range that `features` says it
            takes, else (0, 1).

    Returns:
        The distance, in squared units of the features.

    Raises:
        ValueError: if a set has no features of one width, or fewer than two examples; or if one
            was scaled from 8-bit pixels, and the other is far out of their range; or if images have
            pixels of different ranges.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> real = [rng.normal(size=(500, 2)) for _ in range(4)]
        >>> frechet_between(real, real)
        0.0
        >>> round(frechet_between(real, [batch + 1.0 for batch in real]), 6)
        2.0
    """
    if features is not None:
        check_callable("features", features, "from images to vectors (images, dims), or None")
    known = known_range(features, value_range)
    scale = known or (0.0, 1.0)
    sets = {"real": (real, real_weight), "generated": (generated, generated_weight)}
    of_real, of_generated = (
        _Set(_batches(*given, scale, name), features, RangeMet(name, known))
        for name, given in sets.items()
    )
    of_real.range.check_beside(of_generated.range)
    a, b = of_real.moments, of_generated.moments
    return frechet_distance(a.mean, a.covariance(), b.mean, b.covariance())


def _batches(
    data: Any, weight: Any, scale: tuple[float, float], name: str
) -> Iterator[examples.Examples]:
    if not isinstance(data, list):
        return examples.batches(data, sample_weight=weight, value_range=scale, name=name)
    if weight is not None:
        raise ValueError(
            f"Received {name}_weight beside a list of batches; make the batches (x, y, w)."
        )
    return examples.of_batches(data, scale, name)


class _Set:
    """The moments of one side, and the range of what they are of."""

    def __init__(
        self, batches: Iterator[examples.Examples], features: Features | None, met: RangeMet
    ) -> None:
        self.moments = Moments()
        self.range = met
        for batch in batches:
            batch = batch.counted()
            x = batch.x
            if not len(x):
                continue
            self.range.update(batch)
            found = np.reshape(x, (len(x), -1)) if features is None else features(x)
            self.moments.update(found, batch.weight)
        self.range.check_known()
