"""Vectors as points of a plane."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from kfdiv.plotting.figure import PALETTE, figure

# Characters of a class's name in a legend.
_LONGEST = 20


class Plane:
    """The plane of the two directions in which points vary most, `p(x) = U^T (x - mean)`.

    Points of two dimensions keep their own axes.

    Args:
        points: shape `(count, dims)`, with `dims >= 2`.

    Example:
        >>> plane = Plane([[0.0, 0.0, 1.0], [0.0, 4.0, 1.0], [2.0, 2.0, 1.0]])
        >>> plane([[0.0, 2.0, 5.0]]).shape
        (1, 2)
    """

    def __init__(self, points: Any) -> None:
        points = np.asarray(points, np.float64)
        self._mean, self._axes = np.zeros(2), np.eye(2)
        if points.shape[1] > 2:
            self._mean = points.mean(axis=0)
            self._axes = np.linalg.svd(points - self._mean, full_matrices=False)[2][:2].T

    def __call__(self, points: Any) -> np.ndarray:
        """Project points of shape `(count, dims)` to `(count, 2)`."""
        return (np.asarray(points, np.float64) - self._mean) @ self._axes


def save_points(
    samples: Any, path: str | os.PathLike[str], data: Any = None, title: str | None = None
) -> None:
    """Draw vectors over data: a histogram in one dimension, else points of a plane.

    Args:
        samples: shape `(count, dims)`.
        path: image file; its suffix is the format.
        data: shape `(count, dims)`, or None. From three dimensions on, the plane is the data's.
        title: above the axes.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.png"
        >>> save_points(np.eye(3), path, data=np.eye(3))
        >>> path.exists()
        True
    """
    samples = np.asarray(samples)
    sets = {"samples": samples} if data is None else {"data": np.asarray(data), "samples": samples}
    with figure(path, size=(6.0, 6.0)) as axes:
        if samples.shape[1] == 1:
            bins = np.histogram_bin_edges(np.concatenate(list(sets.values())), 60)
            for label, values in sets.items():
                axes.hist(values[:, 0], bins, density=True, alpha=0.6, label=label)
            axes.set(xlabel="x", ylabel="density")
        else:
            plane = Plane(next(iter(sets.values())))
            points = {label: plane(values) for label, values in sets.items()}
            for label, values in points.items():
                axes.scatter(*values.T, s=6, alpha=0.6, lw=0, label=label)
            _make_square(axes, np.concatenate(list(points.values())))
        # A place of its own choice takes seconds to find among many points.
        axes.legend(markerscale=3, loc="upper right")
        axes.set_title(title or "")


def save_latents(
    latents: Any,
    path: str | os.PathLike[str],
    labels: Any = None,
    title: str | None = None,
    class_names: Sequence[str] | None = None,
) -> None:
    """Draw latents as points, coloured by label.

    Of more than two dimensions, the first two principal components are drawn.

    Args:
        latents: shape `(count, latent_size)`.
        path: image file; its suffix is the format.
        labels: of shape `(count,)`, or None: integers, each with a colour in the legend, or floats,
            by a bar of colours.
        title: above the axes.
        class_names: what the integers 0, 1, ... mean, or None.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "latents.png"
        >>> save_latents(np.eye(3), path, labels=[0, 1, 2])
        >>> path.exists()
        True
    """
    latents = np.asarray(latents)
    if latents.shape[1] == 1:
        latents = np.concatenate([latents, np.zeros_like(latents)], axis=1)
    points, names = Plane(latents)(latents), ("z1", "z2")
    if latents.shape[1] > 2:
        names = ("first principal component", "second principal component")
    with figure(path, size=(6.8, 6.0)) as axes:
        classes = labels is not None and np.asarray(labels).dtype.kind in "biu"
        colours = {} if labels is None else {"c": labels, "cmap": PALETTE if classes else "viridis"}
        drawn = axes.scatter(*points.T, s=10, lw=0, **colours)
        if classes:
            handles, words = drawn.legend_elements(num=None)
            if class_names is not None:
                words = [_shown(class_names[label]) for label in np.unique(labels)]
            axes.legend(handles, words, title="label", loc="center left", bbox_to_anchor=(1, 0.5))
        elif labels is not None:
            axes.figure.colorbar(drawn, ax=axes, label="label", shrink=0.7)
        axes.set(xlabel=names[0], ylabel=names[1], title=title or "")
        _make_square(axes, points)


def _shown(name: str) -> str:
    """Return a name as Matplotlib shows it, to which dollars are formulas; not too long a one."""
    return (name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…").replace("$", r"\$")


def _make_square(axes: Any, points: np.ndarray) -> None:
    """Show all points, one unit as long in both directions."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, reach = (low + high) / 2, 0.55 * (high - low).max() or 1.0
    axes.set(xlim=middle[0] + reach * np.array([-1, 1]), ylim=middle[1] + reach * np.array([-1, 1]))
    axes.set_aspect("equal")
