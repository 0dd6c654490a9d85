"""Data drawn from known densities: exact answers to compare a fit with.

Each split is a sample drawn once, by `sample_seed`; the seed of `kfdiv.data.load` only orders it,
as it does for any other data set. Labels are the modes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kfdiv.data.mixture import Mixture
from kfdiv.data.registry import registry
from kfdiv.data.source import Source


@registry.register("gaussian_mixture")
def gaussian_mixture(
    split: str = "train",
    *,
    weights: Any,
    means: Any,
    scales: Any,
    num_examples: int = 50_000,
    sample_seed: int = 0,
) -> Source:
    """Draw from any mixture of Gaussians, `p(x) = sum_k w_k N(x; m_k, diag(s_k^2))`.

    Args:
        split: `"train"`, `"validation"` or `"test"`.
        weights: probabilities, shape `(modes,)`; they are divided by their sum.
        means: shape `(modes,)` for one dimension, else `(modes, dims)`.
        scales: standard deviations: one for all, one a mode `(modes,)`, or `(modes, dims)`.
        num_examples: how many examples are drawn.
        sample_seed: of the draw.

    Returns:
        A source of examples of shape `(dims,)`.

    Raises:
        ValueError: if shapes do not fit, or a weight, a scale or `num_examples` is not positive.

    Example:
        >>> import kfdiv
        >>> mixture = {"weights": [0.5, 0.5], "means": [-1.0, 1.0], "scales": 0.1}
        >>> kfdiv.data.load("gaussian_mixture", **mixture).element_spec[0].shape
        TensorShape([100, 1])
    """
    return Mixture(weights, means, scales).source(
        "gaussian_mixture", split, num_examples, sample_seed
    )


@registry.register("two_gaussians")
def two_gaussians(
    split: str = "train", *, num_examples: int = 50_000, sample_seed: int = 0
) -> Source:
    """Draw from `0.3 N(1, 0.1^2) + 0.7 N(2, 0.5^2)` (Zhang et al. 2019, figure 7).

    Args:
        split: `"train"`, `"validation"` or `"test"`.
        num_examples: how many examples are drawn.
        sample_seed: of the draw.

    Returns:
        A source of examples of shape `(1,)`.

    Raises:
        ValueError: if `num_examples` is not positive.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("two_gaussians", labels=False).element_spec.shape
        TensorShape([100, 1])
    """
    mixture = Mixture([0.3, 0.7], [1.0, 2.0], [0.1, 0.5])
    return mixture.source("two_gaussians", split, num_examples, sample_seed)


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
        split: `"train"`, `"validation"` or `"test"`.
        num_modes: how many Gaussians.
        radius: of the circle.
        scale: standard deviation within the plane.
        num_examples: how many examples are drawn.
        sample_seed: of the draw.

    Returns:
        A source of examples of shape `(3,)`.

    Raises:
        ValueError: if a size is not positive.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("ring").stream.info.modes[0].round(3).tolist()
        [0.431, 1.431, 0.077]
    """
    if num_modes < 1 or radius <= 0:
        raise ValueError(
            f"Received num_modes={num_modes}, radius={radius}; expected both to be positive."
        )
    angle = 2 * math.pi * np.arange(num_modes) / num_modes
    means = radius * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    mixture = Mixture(np.ones(num_modes), means, scale)
    return mixture.source("ring", split, num_examples, sample_seed, embed=_into_space)


@registry.register("grid9")
def grid9(split: str = "train", *, sample_seed: int = 0) -> Source:
    """Draw 52,000 examples from 3 x 3 Gaussians, every other one rare: see `grid`.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("grid9").stream.num_examples
        52000
    """
    return grid(3, split, sample_seed=sample_seed)


@registry.register("grid25")
def grid25(split: str = "train", *, sample_seed: int = 0) -> Source:
    """Draw 136,000 examples from 5 x 5 Gaussians, every other one rare: see `grid`.

    Example:
        >>> import kfdiv
        >>> kfdiv.data.load("grid25").stream.num_examples
        136000
    """
    return grid(5, split, sample_seed=sample_seed)


def grid(side: int, split: str = "train", *, sample_seed: int = 0) -> Source:
    """Draw from Gaussians on a square grid, spacing 2, centred at 0, standard deviation 0.3.

    A mode of even row-major index holds 10,000 examples, one of odd index 500: the mixtures of
    adversarial gradient estimation, in its authors' sizes.

    Args:
        side: modes along each axis.
        split: `"train"`, `"validation"` or `"test"`.
        sample_seed: of the draw.

    Returns:
        A source of examples of shape `(2,)`.

    Example:
        >>> grid(2).info.modes.tolist()
        [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    axis = 2.0 * np.arange(side) - (side - 1)
    means = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    counts = np.where(np.arange(side * side) % 2 == 0, 10_000, 500)
    return Mixture(counts, means, 0.3).source(f"grid{side * side}", split, counts, sample_seed)


def _into_space(flat: np.ndarray) -> np.ndarray:
    """Embed points `(..., 2)` of a plane in 3-D: an isometry, so distances and scales are kept."""
    half = math.sqrt(0.5)
    x, y, z = half * np.array([1.0, -1.0, 0.0])
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    # Rodrigues' formula at 45 degrees; points are rows, so it turns them the other way.
    turn = np.eye(3) + half * cross + (1 - half) * cross @ cross
    return flat @ turn[:2] + 1 / math.sqrt(3)
