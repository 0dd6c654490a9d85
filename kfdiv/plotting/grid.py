"""Many images in one."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from kfdiv import files
from kfdiv.arguments import check_count, check_range

_WHITE = 255


def image_grid(
    images: Any,
    columns: int | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    padding: int = 1,
) -> np.ndarray:
    """Lay images out in rows, as bytes `round(255 (x - low) / (high - low))`.

    Args:
        images: shape `(count, height, width, channels)`, with 1 or 3 channels, or `(count, height,
            width)`; 8-bit pixels stay as they are.
        columns: images a row; a square by default.
        value_range: what becomes black and white; values beyond it are clipped.
        padding: white pixels around each image.

    Returns:
        A uint8 array of shape `(height, width, channels)`.

    Raises:
        ValueError: if `images` are none or have another shape, a count is not positive, or the
            range is empty.

    Example:
        >>> image_grid(np.zeros((6, 8, 8, 1)), columns=3).shape
        (19, 28, 1)
    """
    pixels = _as_bytes(images, value_range)
    padding = check_count("padding", padding, least=0)
    count, height, width, channels = pixels.shape
    columns = math.ceil(math.sqrt(count)) if columns is None else check_count("columns", columns)
    rows = -(-count // columns)
    # Each image brings the padding on its left and above it.
    cell = (height + padding, width + padding)
    grid = np.full(
        (rows * cell[0] + padding, columns * cell[1] + padding, channels), _WHITE, np.uint8
    )
    for index, image in enumerate(pixels):
        row, column = divmod(index, columns)
        top, left = row * cell[0] + padding, column * cell[1] + padding
        grid[top : top + height, left : left + width] = image
    return grid


def save_images(
    images: Any, folder: str | os.PathLike[str], value_range: tuple[float, float] = (0.0, 1.0)
) -> None:
    """Write each image as a PNG file of its own size, `00000.png` and so on, of 8 bits.

    Args:
        images: as of `image_grid`.
        folder: where; it is made.
        value_range: what becomes black and white; values beyond it are clipped.

    Raises:
        ValueError: as `image_grid`.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> save_images(np.zeros((2, 8, 8, 3)), folder)
        >>> sorted(path.name for path in folder.iterdir())
        ['00000.png', '00001.png']
    """
    from PIL import Image

    pixels = _as_bytes(images, value_range)
    digits = max(5, len(str(len(pixels) - 1)))
    for index, image in enumerate(pixels):
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        with files.replacing(os.path.join(folder, f"{index:0{digits}d}.png")) as partial:
            picture.save(partial)


def save_grid(
    images: Any,
    path: str | os.PathLike[str],
    columns: int | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    least_side: int = 800,
) -> None:
    """Write images as one picture, enlarged by a whole factor until it can be looked at.

    Args:
        images: shape `(count, height, width, channels)`, with 1 or 3 channels, or `(count, height,
            width)`; 8-bit pixels stay as they are.
        path: image file; its suffix is the format.
        columns: images a row; a square by default.
        value_range: what becomes black and white.
        least_side: pixels that the picture's longer side has at least.

    Raises:
        ValueError: if `images` are none or have another shape, a count is not positive, or the
            range is empty.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "grid.png"
        >>> save_grid(np.zeros((4, 8, 8, 1)), path)
        >>> path.exists()
        True
    """
    from PIL import Image

    least_side = check_count("least_side", least_side)
    grid = image_grid(images, columns, value_range)
    factor = -(-least_side // max(grid.shape[:2]))
    # Repeated, not interpolated: what is seen is what the model made.
    grid = grid.repeat(factor, axis=0).repeat(factor, axis=1)
    picture = Image.fromarray(grid[..., 0] if grid.shape[-1] == 1 else grid)
    with files.replacing(path) as partial:
        picture.save(partial)


def _as_bytes(images: Any, value_range: tuple[float, float]) -> np.ndarray:
    """Return images as bytes `round(255 (x - low) / (high - low))`, with an axis of channels."""
    images = np.asarray(images)
    images = images[..., np.newaxis] if images.ndim == 3 else images
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or len(images) == 0:
        raise ValueError(
            "Images must have shape (count, height, width, 1 or 3) and be at least one, but got "
            f"{images.shape}."
        )
    if images.dtype == np.uint8:
        value_range = (0, 255)
    low, high = check_range("value_range", value_range)
    scaled = np.clip((images.astype(np.float64) - low) / (high - low), 0.0, 1.0)
    return np.rint(255 * scaled).astype(np.uint8)
