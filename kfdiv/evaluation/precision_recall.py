"""How good samples are and how much of the data they cover, by nearest neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kfdiv.arguments import check_count
from kfdiv.data import inputs, pixels, validate
from kfdiv.evaluation.sets import read_alike

_WHY = "precision and recall count examples by distances between neighbours, which have no weights"


class PrecisionRecall(NamedTuple):
    """Shares in [0, 1]: of fakes that look real, and of the real that the fakes cover."""

    precision: float
    recall: float


def precision_recall(real_features: Any, fake_features: Any, k: int = 3) -> PrecisionRecall:
    """Estimate improved precision and recall, `precision = 1/M sum_j max_i 1(|f_j - r_i| <= R_i)`.

    `R_i` is the distance from the real point `r_i` to its k-th nearest other real point: the balls
    of these radii estimate the support of the data, and precision is the share of fakes within it.
    Recall swaps the roles of real and fake.

    Source: Kynkäänniemi et al. 2019, eq. 1-2 (there in the features of a VGG-16, with k = 3).

    Args:
        real_features: features of real data, floats of shape `(N, dims)`, or batches of such. Of
            batches (x, y, w) those of weight zero are left out; other weights are refused, since
            the distance to a neighbour has none.
        fake_features: features of samples, shape `(M, dims)`, likewise. Both shares depend on N
            and M, so compare models at one size.
        k: neighbours that set the radii.

    Returns:
        Both shares.

    Raises:
        TypeError: if the features are no floats.
        ValueError: if the features are not two finite matrices of one width, with more than k rows
            each, or k is not positive; if examples do not all count alike.

    Example:
        Fakes on one of two clusters are all good, and cover half of the data:

        >>> rng = np.random.default_rng(0)
        >>> real = rng.normal(size=(1000, 2)) + np.repeat([[0, 0], [50, 0]], 500, axis=0)
        >>> fake = rng.uniform(-0.5, 0.5, size=(1000, 2))
        >>> score = precision_recall(real, fake)
        >>> score.precision, score.recall < 0.5
        (1.0, True)
    """
    real, fake = (
        _features(real_features, "real_features"),
        _features(fake_features, "fake_features"),
    )
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"Real features have {real.shape[1]} dimensions, fake ones {fake.shape[1]}; both must "
            "come from one network."
        )
    count = min(len(real), len(fake))
    expected = f"from 1 to {count - 1}, one less than the smaller set's rows"
    k = check_count("k", k, expected=expected)
    if k >= count:
        raise ValueError(f"k must be {expected}, but got {k}.")
    return PrecisionRecall(precision=_covered(real, fake, k), recall=_covered(fake, real, k))


def _features(features: Any, name: str) -> np.ndarray:
    if not inputs.is_examples(features):
        features = read_alike(features, name, _WHY, value_range=None).x
    features = np.asarray(features)
    validate.check_some(features, name)
    if features.dtype == np.uint8:
        pixels.check_known(None)
    if not np.issubdtype(features.dtype, np.floating):
        raise TypeError(
            f"{name} must be floats that a network made, but got dtype {features.dtype}. Numbers "
            f'become floats by {name}.astype("float32").'
        )
    features = features.astype(np.float64)
    if features.ndim != 2 or not np.isfinite(features).all():
        raise ValueError(
            f"{name} must be a finite matrix (examples, dims), but got shape {features.shape}"
            + ("." if features.ndim != 2 else " with NaN or infinity in it.")
        )
    return features


def _covered(centres: np.ndarray, points: np.ndarray, k: int) -> float:
    """Return the share of `points` that lie in the k-neighbour ball of at least one centre."""
    # Imported here, because scikit-learn takes a second that few programs need to spend.
    from sklearn.metrics import pairwise_distances_chunked
    from sklearn.neighbors import NearestNeighbors

    # Without arguments `kneighbors` leaves each point out of its own neighbours.
    radii = NearestNeighbors(n_neighbors=k).fit(centres).kneighbors()[0][:, -1]
    chunks = pairwise_distances_chunked(
        points, centres, reduce_func=lambda chunk, _: (chunk <= radii).any(axis=1)
    )
    return float(np.concatenate(list(chunks)).mean())
