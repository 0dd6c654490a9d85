"""Panels of figures: grids of images, and what a model makes of points of the plane."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.patches import Ellipse

import kfdiv


def show(
    panel: Any,
    images: np.ndarray,
    title: str,
    columns: int | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Show images on Matplotlib axes, as `kfdiv.plotting.image_grid` arranges them."""
    panel.imshow(kfdiv.plotting.image_grid(images, columns, value_range), cmap="gray")
    panel.set(title=title, xticks=[], yticks=[])


def in_turn(images: np.ndarray, others: np.ndarray, run: int = 1) -> np.ndarray:
    """Return `run` images, as many others, the next images and so on.

    In a grid of `run` columns, a row of others is then below its row of images.

    Raises:
        ValueError: if there are not as many others, or not a multiple of `run`.

    Example:
        >>> in_turn(np.array([1, 2, 3, 4]), np.array([-1, -2, -3, -4]), run=2).tolist()
        [1, 2, -1, -2, 3, 4, -3, -4]
    """
    shape = images.shape[1:]
    parts = [part.reshape(-1, run, *shape) for part in (images, others)]
    return np.stack(parts, axis=1).reshape(-1, *shape)


def image_row(path: str | os.PathLike[str], grids: Mapping[str, np.ndarray]) -> None:
    """Draw grids of images in [0, 1] by title, beside one another, to an image file."""
    with kfdiv.plotting.figure(path, len(grids)) as axes:
        for panel, (title, images) in zip(axes, grids.items(), strict=True):
            show(panel, images, title)


def image_columns(
    path: str | os.PathLike[str],
    grids: Mapping[str, Mapping[str, np.ndarray]],
    value_range: tuple[float, float],
    size: float = 4.0,
) -> None:
    """Draw a column a system, in it a panel for each of its titles.

    Args:
        path: image file.
        grids: images by system and title; the systems have equally many titles.
        value_range: what becomes black and white.
        size: height of a panel, in inches.
    """
    rows = len(next(iter(grids.values())))
    panel_size = (1.4 * size, size)
    with kfdiv.plotting.figure(path, len(grids), rows, panel_size) as axes:
        columns = np.reshape(axes, (rows, -1)).T
        for (name, titled), panels in zip(grids.items(), columns, strict=True):
            for panel, (title, images) in zip(panels, titled.items(), strict=True):
                show(panel, images, f"{name}: {title}", 8, value_range)


def plane_columns(
    path: str | os.PathLike[str],
    models: Mapping[str, kfdiv.models.GenerativeModel],
    x: np.ndarray,
    mode: np.ndarray,
    reach: float,
    latent_reach: float | None = None,
) -> None:
    """Draw latent codes, samples and reconstructions of points of the plane, a column a system.

    Args:
        path: image file.
        models: by system; with two latents and an encoder.
        x: points, shape `(points, 2)`.
        mode: what they are coloured by, integers of shape `(points,)`.
        reach: of the axes, from the origin.
        latent_reach: of the latents' axes; by default as far as there are codes.
    """
    style = {"s": 2, "c": mode, "cmap": "tab10" if mode.max() < 10 else "tab20"}
    with kfdiv.plotting.figure(path, len(models), 3, size=(4.2, 3.0)) as axes:
        for (name, model), (latent, samples, again) in zip(
            models.items(), np.reshape(axes, (3, -1)).T, strict=True
        ):
            latent.scatter(*model.encode(x, seed=0).numpy().T, **style)
            latent.set(title=f"{name}: latent codes", aspect="equal")
            samples.scatter(*model.sample(len(x), seed=2, observation_noise=True).numpy().T, s=2)
            samples.set(title="samples", aspect="equal")
            again.scatter(*model.reconstruct(x).numpy().T, **style)
            again.set(title="reconstructions", aspect="equal")
            for panel, limit in ((latent, latent_reach), (samples, reach), (again, reach)):
                if limit:
                    panel.set(xlim=(-limit, limit), ylim=(-limit, limit))


def ellipses(axis: Any, mean: list[float], covariance: list[list[float]], colour: str) -> None:
    """Draw a Gaussian's ellipses of one and two standard deviations on Matplotlib axes."""
    variances, directions = np.linalg.eigh(covariance)
    angle = np.degrees(np.arctan2(*directions[::-1, 0]))
    for deviations in (1, 2):
        width, height = 2 * deviations * np.sqrt(variances)
        axis.add_patch(Ellipse(mean, width, height, angle=angle, fill=False, color=colour))
