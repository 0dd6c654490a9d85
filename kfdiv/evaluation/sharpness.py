"""How sharp images are."""

from __future__ import annotations

from typing import Any

import numpy as np

from kfdiv.arguments import check_range
from kfdiv.data import examples


def sharpness(images: Any, value_range: tuple[float, float] = (0.0, 1.0)) -> np.ndarray:
    """Measure each image's variance of the Laplacian, `Var_(i,j,c)[(L * x)_ijc]`.

    `L = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]`, on the pixels that have four neighbours. Blur damps
    high frequencies, which L raises; noise raises the figure as sharp edges do, so hold it against
    that of real images.

    Source: Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy".

    Args:
        images: shape `(batch, height, width, channels)` with sides of at least 3, or batches of
            such, whatever `fit` takes; the figure scales with the square of the pixels' range.
        value_range: what 8-bit pixels are scaled to, that of images to compare with.

    Returns:
        A float64 array of shape `(batch,)`, in squared units of the pixels.

    Raises:
        ValueError: if `images` has another shape.

    Example:
        >>> edge = np.zeros((1, 8, 8, 1))
        >>> edge[:, :, 4:] = 1.0
        >>> blurred = (edge + np.roll(edge, 1, axis=2) + np.roll(edge, -1, axis=2)) / 3
        >>> bool(sharpness(edge) > sharpness(blurred))
        True
    """
    scale = check_range("value_range", value_range)
    images = examples.read(images, value_range=scale, name="images").x.astype(np.float64)
    if images.ndim != 4 or min(images.shape[1:3]) < 3:
        raise ValueError(
            "Images must have shape (batch, height, width, channels) and sides of at least 3, but "
            f"got {images.shape}."
        )
    laplacian = (
        images[:, :-2, 1:-1]
        + images[:, 2:, 1:-1]
        + images[:, 1:-1, :-2]
        + images[:, 1:-1, 2:]
        - 4 * images[:, 1:-1, 1:-1]
    )
    return laplacian.var(axis=(1, 2, 3))
