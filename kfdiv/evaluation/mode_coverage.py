"""How many modes of the data a generator covers, and how evenly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.special

from kfdiv.arguments import check_count, check_number
from kfdiv.data import examples
from kfdiv.data.info import Info


class ModeCoverage(NamedTuple):
    """How samples fall to modes.

    Attributes:
        counts: samples of each mode, an integer array of shape `(modes,)`.
        covered: modes that have at least the asked number of samples.
        reverse_kl: KL(modes of the samples || modes of the data), in nats; infinite where no sample
            falls to a mode.
        unassigned: samples that fall to none.
    """

    counts: np.ndarray
    covered: int
    reverse_kl: float
    unassigned: int

    def figures(self) -> dict[str, float]:
        """Return the scalars by name, as `kfdiv.callbacks.EvaluateEvery` takes them."""
        return {
            "covered": float(self.covered),
            "reverse_kl": self.reverse_kl,
            "unassigned": float(self.unassigned),
        }


def mode_coverage(labels: Any, weights: Any, least: int = 1) -> ModeCoverage:
    """Count modes, and measure `KL(g || w) = sum_k g_k log(g_k / w_k)`, `g_k = n_k / sum_j n_j`.

    The direction is that in which a missing mode costs a finite amount. With few samples a mode, a
    perfect generator does not score 0 but about `(modes - 1) / (2 samples)`: 0.019 for the 1,000
    modes and 26,000 samples of stacked MNIST.

    Source: Shen et al. 2020, section 5.2, which leaves `least` open.

    Args:
        labels: the mode of each sample, integers of shape `(samples,)`; -1 for a sample of no mode.
        weights: probabilities of the modes under the data, shape `(modes,)`, divided by their sum.
        least: samples that a covered mode has at least.

    Returns:
        The counts and what follows from them.

    Raises:
        ValueError: if a label is no mode, a weight is not positive, or `least` is not.

    Example:
        >>> coverage = mode_coverage([0, 0, 2, 2, -1], np.ones(4))
        >>> coverage.covered, coverage.unassigned, round(coverage.reverse_kl, 4)
        (2, 1, 0.6931)
    """
    weights, labels = np.asarray(weights), np.asarray(labels)
    numbers = weights.dtype.kind in "iuf"
    if weights.ndim != 1 or not numbers or not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError(f"weights must be a vector of positive numbers, but got {weights!r}.")
    least = check_count("least", least, expected="a positive number of samples")
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be a vector of integers, the mode of each sample, but got {labels.dtype} "
            f"of shape {labels.shape}. likeliest_mode(samples, info) and "
            "mode_within(samples, info) say of samples which mode they are of."
        )
    if len(labels) and not (labels.min() >= -1 and labels.max() < len(weights)):
        raise ValueError(
            f"labels must be from -1 (no mode) to {len(weights) - 1}, but go from {labels.min()} "
            f"to {labels.max()}."
        )
    assigned = labels[labels >= 0]
    counts = np.bincount(assigned, minlength=len(weights))
    reverse_kl = np.inf
    if len(assigned):
        reverse_kl = scipy.special.rel_entr(counts / len(assigned), weights / weights.sum()).sum()
    return ModeCoverage(
        counts, int((counts >= least).sum()), float(reverse_kl), len(labels) - len(assigned)
    )


def likeliest_mode(samples: Any, info: Info) -> np.ndarray:
    """Classify samples of a Gaussian mixture, `argmax_k log w_k + log N(x; m_k, diag(s_k^2))`.

    This is what a perfect classifier says; every sample gets a mode, junk between the modes too.
    With equal weights and scales it is the nearest mode.

    Args:
        samples: floats of shape `(samples, ...)`, as the data, or batches of such.
        info: of the data set, `dataset.stream.info`: its modes, scale and weights.

    Returns:
        Integers of shape `(samples,)`.

    Raises:
        ValueError: if `info` has no modes, or the samples another shape than they.

    Example:
        >>> import kfdiv
        >>> info = kfdiv.data.load("grid9").stream.info
        >>> likeliest_mode([[-2.0, -2.0], [0.9, 0.1], [50.0, 50.0]], info).tolist()
        [0, 4, 8]
    """
    squares, scales = _standardised(samples, info)
    weights = np.ones(len(scales)) if info.weights is None else np.asarray(info.weights, np.float64)
    return np.argmax(np.log(weights) - np.log(scales).sum(axis=1) - 0.5 * squares, axis=1)


def mode_within(samples: Any, info: Info, radius: float = 3.0) -> np.ndarray:
    """Find the mode within whose ball a sample lies, `min_k |(x - m_k) / s_k| <= radius`.

    Junk between the modes gets none. The norm is Euclidean, so of true samples in two dimensions
    1.1% lie outside 3 scales, and in many dimensions most do.

    Args:
        samples: floats of shape `(samples, ...)`, as the data, or batches of such.
        info: of the data set, `dataset.stream.info`: its modes and scale.
        radius: in units of the scale.

    Returns:
        Integers of shape `(samples,)`, -1 for a sample that lies near no mode.

    Raises:
        ValueError: if `info` has no modes, the samples another shape than they, or the radius is
            not positive.

    Example:
        >>> import kfdiv
        >>> info = kfdiv.data.load("grid9").stream.info
        >>> mode_within([[-2.0, -2.0], [0.8, 0.1], [1.0, 1.0], [50.0, 50.0]], info).tolist()
        [0, 4, -1, -1]
    """
    radius = check_number("radius", radius, above=0)
    squares, _ = _standardised(samples, info)
    return np.where(squares.min(axis=1) <= radius**2, squares.argmin(axis=1), -1)


def _standardised(samples: Any, info: Info) -> tuple[np.ndarray, np.ndarray]:
    """Return squared distances in units of the scales `(samples, modes)`, and scales."""
    if not isinstance(info, Info):
        raise TypeError(
            "info must be that of a data set of kfdiv.data, "
            f'kfdiv.data.load("grid9").stream.info, but got {info!r:.100}.'
        )
    if info.modes is None or info.scale is None:
        raise ValueError(
            f"The data set {info.name!r} has no known modes. Use a Gaussian mixture of kfdiv.data, "
            "or labels of a classifier."
        )
    samples = examples.read(samples, value_range=None, name="samples").x.astype(np.float64)
    if samples.shape[1:] != info.modes.shape[1:]:
        raise ValueError(
            f"Samples must have shape (samples, {', '.join(map(str, info.modes.shape[1:]))}), as "
            f"the modes of {info.name!r}, but got {samples.shape}."
        )
    modes = np.asarray(info.modes, np.float64).reshape(len(info.modes), -1)
    scales = np.asarray(info.scale, np.float64)
    scales = scales.reshape(len(modes), -1) if scales.ndim else scales
    scales = np.broadcast_to(scales, modes.shape)
    samples = samples.reshape(len(samples), -1)
    # A mode at a time: all at once would hold samples x modes x dims numbers.
    pairs = zip(modes, scales, strict=True)
    return np.stack([np.square((samples - m) / s).sum(axis=1) for m, s in pairs], axis=1), scales
