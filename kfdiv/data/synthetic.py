"""Mixtures of Gaussians with known density: exact answers to compare a fit with."""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from kfdiv.data.info import Info
from kfdiv.data.memory import MemoryStream
from kfdiv.data.registry import Source, registry

SPLITS = ("train", "validation", "test")


@registry.register("gaussian_mixture")
def gaussian_mixture(
    split: str = "train",
    *,
    weights: Sequence[float],
    means: Any,
    scales: Any,
    num_examples: int = 50_000,
    sample_seed: int = 0,
) -> Source:
    """Draw from any mixture of axis-aligned Gaussians, `p(x) = sum_k w_k N(x; m_k, diag(s_k^2))`.

    Labels are the components.

    Args:
        split: `"train"`, `"validation"` or `"test"`: independent samples.
        weights: probabilities, shape `(modes,)`; they are divided by their sum.
        means: shape `(modes,)` for one dimension, else `(modes, dims)`.
        scales: standard deviations: one for all, one a mode `(modes,)`, or `(modes, dims)`.
        num_examples: how many examples are drawn, once.
        sample_seed: of the draw. The seed of `kfdiv.data.load` only orders the examples.

    Returns:
        A source of examples of shape `(dims,)`.

    Raises:
        ValueError: if shapes do not fit, or a weight or scale is not positive.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.load(
        ...     "gaussian_mixture", weights=[0.5, 0.5], means=[-1.0, 1.0], scales=0.1, batch_size=8
        ... )
        >>> dataset.element_spec[0].shape
        TensorShape([8, 1])
    """
    weights, means, scales = _mixture(weights, means, scales)
    rng = _generator(split, sample_seed, num_examples)
    labels = rng.choice(len(weights), size=num_examples, p=weights)
    return _source("gaussian_mixture", split, rng, labels, weights, means, scales)


@registry.register("two_gaussians")
def two_gaussians(
    split: str = "train", *, num_examples: int = 50_000, sample_seed: int = 0
) -> Source:
    """Draw from `0.3 N(1, 0.1^2) + 0.7 N(2, 0.5^2)` (Zhang et al. 2019, figure 7).

    Args:
        split: `"train"`, `"validation"` or `"test"`: independent samples.
        num_examples: how many examples are drawn, once.
        sample_seed: of the draw. The seed of `kfdiv.data.load` only orders the examples.

    Returns:
        A source of examples of shape `(1,)`.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("two_gaussians", labels=False).element_spec.shape
        TensorShape([100, 1])
    """
    weights, means, scales = _mixture([0.3, 0.7], [1.0, 2.0], [0.1, 0.5])
    rng = _generator(split, sample_seed, num_examples)
    labels = rng.choice(2, size=num_examples, p=weights)
    return _source("two_gaussians", split, rng, labels, weights, means, scales)


@registry.register("ring")
def ring(
    split: str = "train",
    *,
    num_modes: int = 7,
    radius: float = 1.0,
    scale: float = 0.05,
    num_examples: int = 10_000,
    sample_seed: int = 0,
) -> Source:
    """Draw from Gaussians on a circle in a plane of 3-D space (Zhang et al. 2019, appendix C).

    Two-dimensional Gaussians stand at `radius (sin a, cos a)`, `a = 2 pi k / num_modes`. Circle and
    plane are those of the toy by Roth et al. (2017), to which the paper refers:
    `x = R (u, v, 0) + (1, 1, 1) / sqrt(3)`, where R turns by -45 degrees about `(1, -1, 0)`. Across
    the plane the data have no thickness, hence no density in 3-D: the case for spread noise.

    Args:
        split: `"train"`, `"validation"` or `"test"`: independent samples.
        num_modes: how many Gaussians.
        radius: of the circle.
        scale: standard deviation within the plane.
        num_examples: how many examples are drawn, once.
        sample_seed: of the draw. The seed of `kfdiv.data.load` only orders the examples.

    Returns:
        A source of examples of shape `(3,)`; labels are the modes.

    Raises:
        ValueError: if a size is not positive.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("ring").stream.info.modes[0].round(3).tolist()
        [0.431, 1.431, -0.13]
    """
    if num_modes < 1 or radius <= 0:
        raise ValueError(
            f"Received num_modes={num_modes}, radius={radius}; expected both to be positive."
        )
    angle = 2 * math.pi * np.arange(num_modes) / num_modes
    flat = radius * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    weights, flat, scales = _mixture(np.ones(num_modes), flat, scale)
    rng = _generator(split, sample_seed, num_examples)
    labels = rng.choice(num_modes, size=num_examples, p=weights)
    return _source("ring", split, rng, labels, weights, flat, scales, _into_space)


@registry.register("grid9")
def grid9(split: str = "train", *, sample_seed: int = 0) -> Source:
    """Draw from 3 x 3 Gaussians, every other one rare: see `grid`.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("grid9").stream.num_examples
        52000
    """
    return grid("grid9", 3, split, sample_seed)


@registry.register("grid25")
def grid25(split: str = "train", *, sample_seed: int = 0) -> Source:
    """Draw from 5 x 5 Gaussians, every other one rare: see `grid`.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("grid25").stream.num_examples
        136000
    """
    return grid("grid25", 5, split, sample_seed)


def grid(name: str, side: int, split: str, sample_seed: int) -> Source:
    """Draw from Gaussians on a square grid, spacing 2, centred at 0, standard deviation 0.3.

    A mode of even row-major index holds 10,000 examples, one of odd index 500: the mixtures of
    adversarial gradient estimation, in its authors' sizes. Labels are the modes.

    Args:
        name: the data set's name.
        side: modes along each axis.
        split: `"train"`, `"validation"` or `"test"`: independent samples.
        sample_seed: of the draw. The seed of `kfdiv.data.load` only orders the examples.

    Returns:
        A source of examples of shape `(2,)`.

    Example:
        >>> grid("grid9", 3, "train", 0)  # doctest: +ELLIPSIS
        functools.partial(<class '...MemoryStream'>, ...)
    """
    axis = 2.0 * (np.arange(side) - (side - 1) / 2)
    means = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    counts = np.where(np.arange(side * side) % 2 == 0, 10_000, 500)
    weights, means, scales = _mixture(counts, means, 0.3)
    rng = _generator(split, sample_seed, int(counts.sum()))
    # Stored in mixed order, so that the first examples of an unshuffled stream are a fair sample.
    labels = rng.permutation(np.repeat(np.arange(side * side), counts))
    return _source(name, split, rng, labels, weights, means, scales)


def _mixture(weights: Any, means: Any, scales: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Check a mixture; return weights `(modes,)`, means `(modes, dims)`, and scales as given."""
    weights, means, scales = (np.asarray(part, np.float64) for part in (weights, means, scales))
    modes = weights.shape[0] if weights.ndim == 1 else 0
    points = means[:, None] if means.ndim == 1 else means
    fits = scales.shape in ((), (modes,), points.shape)
    if modes == 0 or points.ndim != 2 or len(points) != modes or not fits:
        raise ValueError(
            f"Received weights, means and scales of shapes {weights.shape}, {means.shape} and "
            f"{scales.shape}; expected (modes,); (modes,) or (modes, dims); and (), (modes,) or "
            "(modes, dims)."
        )
    if not np.isfinite(points).all():
        raise ValueError(f"Received means {means.tolist()}; expected finite numbers.")
    for name, value in (("weights", weights), ("scales", scales)):
        if not (np.isfinite(value) & (value > 0)).all():
            raise ValueError(f"Received {name} {value.tolist()}; expected positive numbers.")
    return weights / weights.sum(), points, scales


def _generator(split: str, sample_seed: int, num_examples: int) -> np.random.Generator:
    if split not in SPLITS:
        raise ValueError(f"Received split={split!r}; expected one of {', '.join(SPLITS)}.")
    if num_examples < 1:
        raise ValueError(f"Received num_examples={num_examples}; expected a positive number.")
    return np.random.default_rng([sample_seed, zlib.crc32(split.encode())])


def _source(
    name: str,
    split: str,
    rng: np.random.Generator,
    labels: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    scales: np.ndarray,
    embed: Any = np.asarray,
) -> Source:
    """Draw one example a label, and keep with them what is known of the mixture."""
    width = scales[:, None] if scales.ndim == 1 else scales
    noise = rng.standard_normal((len(labels), means.shape[1]))
    x = embed(means[labels] + np.broadcast_to(width, means.shape)[labels] * noise)
    info = Info(
        name,
        split,
        num_classes=len(weights),
        modes=embed(means).astype(np.float32),
        scale=float(scales) if scales.ndim == 0 else scales.astype(np.float32),
        weights=weights.astype(np.float32),
    )
    return functools.partial(MemoryStream, x.astype(np.float32), labels.astype(np.int32), info)


def _into_space(flat: np.ndarray) -> np.ndarray:
    """Embed points of a plane `(..., 2)` in 3-D: an isometry, so distances and scales are kept."""
    half = math.sqrt(0.5)
    x, y, z = half * np.array([1.0, -1.0, 0.0])
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    # Rodrigues' formula at 45 degrees; points are rows, so it turns them the other way.
    turn = np.eye(3) + half * cross + (1 - half) * cross @ cross
    return flat @ turn[:2] + 1 / math.sqrt(3)
