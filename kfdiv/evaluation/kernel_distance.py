"""The kernel distance between features of two sets of examples: the kernel inception distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kfdiv.arguments import check_callable, check_count
from kfdiv.evaluation.compared import Compared
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.sets import RangeMet, known_range, read_alike, shuffled

Features = Callable[[Any], Any]

_ROWS = 1_000


def kernel_distance(
    real: Any,
    generated: Any,
    features: Features | None = None,
    test: Any = None,
    *,
    subset_size: int = 1_000,
    value_range: tuple[float, float] | None = None,
    seed: int = 0,
) -> Compared:
    """Estimate `MMD^2 = E[k(x, x') + k(y, y') - 2 k(x, y)]`, `k(x, y) = (x.y / dims + 1)^3` (KID).

    It is zero if and only if features agree in their moments up to the third, and the estimate has
    that mean whatever the number of examples, unlike the Fréchet distance; so it may be negative.

    Both sets are cut into disjoint subsets, which are independent: the figure is the mean of their
    estimates, and its standard error that of the mean. The published one is a mean over subsets
    that overlap, whose spread says nothing of that.

    Source: Bińkowski et al. 2018, "Demystifying MMD GANs", section 4; subsets: Zaremba et al. 2013,
    "B-tests".

    Args:
        real: data, whatever `fit` takes.
        generated: samples, likewise.
        features: a function of a batch that returns `(batch, dims)`, such as
            `InceptionFeatures()` or `DigitClassifier.features`; by default the examples themselves
            are flattened.
        test: other real data, whose distance from `real` is told beside it, or None.
        subset_size: examples of a subset. Each set has two subsets or more; what is left over is
            left out.
        value_range: what 8-bit pixels are scaled to; by default the range that `features` says it
            takes, else (0, 1).
        seed: of which examples are in which subset.

    Returns:
        The distances of `generated`, and of `test`, with standard errors.

    Raises:
        ValueError: if a set has less than two subsets, features are no finite matrices of one
            width, examples have different weights, or images have pixels of different ranges.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> real, test = rng.normal(size=(2, 2_000, 3))
        >>> found = kernel_distance(real, real + 1.0, test=test, subset_size=100)
        >>> found.samples.value > 5.0, abs(found.data.value) < 3 * found.data.standard_error
        (True, True)
    """
    size = check_count("subset_size", subset_size, least=2)
    if features is not None:
        check_callable("features", features, "from images to vectors (images, dims), or None")
    known = known_range(features, value_range)
    given = {"real": real, "generated": generated, **({} if test is None else {"test": test})}
    read, met = {}, {}
    why = "the kernel distance is of pairs of examples, which have none"
    options = {"value_range": known or (0.0, 1.0)}
    for name, found in {n: read_alike(x, n, why, **options) for n, x in given.items()}.items():
        if len(found) < 2 * size:
            raise ValueError(
                f"{name} has {len(found)} examples, less than two subsets of {size}, without which "
                f"there is no standard error. Give more, or subset_size={max(len(found) // 2, 2)}."
            )
        read[name], met[name] = found.x, RangeMet(name, known)
        met[name].update(found)
        met[name].check_known()
        met["real"].check_beside(met[name])
    described = {name: _features(x, features, name) for name, x in read.items()}
    widths = {name: one.shape[1] for name, one in described.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(f"Features must be of one width, but have widths {widths}.")
    subsets = {name: _subsets(one, size, seed, name) for name, one in described.items()}
    others = [subsets[name] for name in subsets if name != "real"]
    return Compared(*(_distance(subsets["real"], other) for other in others))


def _features(x: np.ndarray, features: Features | None, name: str) -> np.ndarray:
    if features is None:
        return x.reshape(len(x), -1).astype(np.float64)
    parts = [np.asarray(features(x[i : i + _ROWS])) for i in range(0, len(x), _ROWS)]
    found = np.concatenate(parts).astype(np.float64)
    if found.ndim != 2 or len(found) != len(x) or not np.isfinite(found).all():
        raise ValueError(
            f"Features of {name} must be finite and of shape ({len(x)}, dims), but got "
            f"{found.shape}" + (" with NaN or infinity in it." if found.ndim == 2 else ".")
        )
    return found


def _subsets(features: np.ndarray, size: int, seed: int, name: str) -> np.ndarray:
    """Return disjoint random subsets, shape `(subsets, size, dims)`."""
    count = len(features) // size
    rows = shuffled(len(features), seed, f"kernel_distance/{name}")[: count * size]
    return features[rows].reshape(count, size, -1)


def _distance(real: np.ndarray, other: np.ndarray) -> Estimate:
    return Estimate.of([_unbiased(x, y) for x, y in zip(real, other, strict=False)])


def _unbiased(x: np.ndarray, y: np.ndarray) -> float:
    """Return the unbiased estimate of MMD^2 of two sets of as many rows."""
    # Imported here, because scikit-learn takes a second that few programs need to spend.
    from sklearn.metrics.pairwise import polynomial_kernel

    options = {"degree": 3, "gamma": 1.0 / x.shape[1], "coef0": 1.0}

    def within(one: np.ndarray) -> float:
        kernel = polynomial_kernel(one, **options)
        # Without the pairs of an example with itself.
        return (kernel.sum() - np.trace(kernel)) / (len(one) * (len(one) - 1))

    return within(x) + within(y) - 2.0 * polynomial_kernel(x, y, **options).mean()
