"""Mixtures of Gaussians: what is drawn from, checked once, and the draw."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, final

import numpy as np

from kfdiv.data.info import Info
from kfdiv.data.memory import MemorySource

SPLITS = ("train", "validation", "test")


@final
class Mixture:
    """A mixture of axis-aligned Gaussians, `p(x) = sum_k w_k N(x; m_k, diag(s_k^2))`.

    Args:
        weights: shape `(modes,)`, divided by their sum.
        means: shape `(modes,)` for one dimension, else `(modes, dims)`.
        scales: standard deviations: one for all, one a mode `(modes,)`, or `(modes, dims)`.

    Attributes:
        weights: float64 array of shape `(modes,)`.
        means: float64 array of shape `(modes, dims)`.
        scales: float64 array as given.

    Raises:
        ValueError: if the shapes do not fit, or a weight or scale is not positive.

    Example:
        >>> Mixture([1, 3], [-1.0, 1.0], 0.1).weights.tolist()
        [0.25, 0.75]
    """

    def __init__(self, weights: Any, means: Any, scales: Any) -> None:
        weights, means, scales = (np.asarray(part, np.float64) for part in (weights, means, scales))
        modes = weights.size if weights.ndim == 1 else 0
        points = means[:, None] if means.ndim == 1 else means
        fits = scales.shape in ((), (modes,), points.shape)
        if modes == 0 or points.ndim != 2 or len(points) != modes or not fits:
            raise ValueError(
                f"Received weights, means and scales of shapes {weights.shape}, {means.shape} and "
                f"{scales.shape}; expected (modes,); (modes,) or (modes, dims); and (), (modes,) "
                "or (modes, dims)."
            )
        if not np.isfinite(points).all():
            raise ValueError(f"Received means {means.tolist()}; expected finite numbers.")
        for name, value in (("weights", weights), ("scales", scales)):
            if not (np.isfinite(value) & (value > 0)).all():
                raise ValueError(f"Received {name} {value.tolist()}; expected positive numbers.")
        self.weights = weights / weights.sum()
        self.means = points
        self.scales = scales

    def source(
        self,
        name: str,
        split: str,
        counts: int | np.ndarray,
        sample_seed: int,
        embed: Callable[[np.ndarray], np.ndarray] = np.asarray,
    ) -> MemorySource:
        """Draw examples once, labelled by their modes and in mixed order.

        Args:
            name: what the data set is called.
            split: `"train"`, `"validation"` or `"test"`: independent samples.
            counts: how many examples, whose modes are drawn too; or how many of each mode.
            sample_seed: of the draw.
            embed: an isometry `(..., dims) -> (..., more)` applied to examples and means.

        Returns:
            A source of float32 examples and int32 labels.

        Raises:
            ValueError: if the split is another, or there are no examples.
        """
        if split not in SPLITS:
            raise ValueError(f"Received split={split!r}; expected one of {', '.join(SPLITS)}.")
        if np.sum(counts) < 1:
            raise ValueError(f"Received num_examples={counts}; expected a positive number.")
        rng = np.random.default_rng([sample_seed, zlib.crc32(split.encode())])
        modes = len(self.weights)
        if np.ndim(counts) == 0:
            labels = rng.choice(modes, size=counts, p=self.weights)
        else:
            labels = rng.permutation(np.repeat(np.arange(modes), counts))
        width = self.scales[:, None] if self.scales.ndim == 1 else self.scales
        noise = rng.standard_normal((len(labels), self.means.shape[1]))
        x = self.means[labels] + np.broadcast_to(width, self.means.shape)[labels] * noise
        info = Info(
            name,
            split,
            num_classes=modes,
            modes=embed(self.means).astype(np.float32),
            scale=self.scales.item() if self.scales.ndim == 0 else self.scales.astype(np.float32),
            weights=self.weights.astype(np.float32),
        )
        x, labels = embed(x).astype(np.float32), labels.astype(np.int32)
        return MemorySource(x, labels, info)
