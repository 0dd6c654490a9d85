"""Pictures made smaller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kfdiv import files
from kfdiv.arguments import check_count

if TYPE_CHECKING:
    from PIL import Image


def reduced(picture: Image.Image, most: int) -> Image.Image:
    """Return a picture whose longer side has no more than `most` pixels.

    It is reduced by a whole factor: each pixel is the mean of those that it stands for.

    Args:
        picture: of Pillow.
        most: pixels.

    Example:
        >>> from PIL import Image
        >>> reduced(Image.new("L", (800, 400)), 300).size
        (267, 134)
    """
    factor = -(-max(picture.size) // check_count("most", most))
    return picture if factor == 1 else picture.reduce(factor)


def save_thumbnail(
    picture: str | os.PathLike[str],
    path: str | os.PathLike[str],
    most: int = 300,
    text: Mapping[str, str] | None = None,
) -> None:
    """Write a picture again, smaller.

    Args:
        picture: an image file.
        path: a PNG file.
        most: pixels of its longer side.
        text: what the file says of itself, by keyword.

    Example:
        >>> import pathlib, tempfile
        >>> import numpy as np
        >>> from kfdiv import plotting
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> plotting.save_grid(np.zeros((4, 8, 8, 1)), folder / "grid.png")
        >>> save_thumbnail(folder / "grid.png", folder / "small.png")
        >>> (folder / "small.png").exists()
        True
    """
    from PIL import Image, PngImagePlugin

    said = PngImagePlugin.PngInfo()
    for keyword, words in (text or {}).items():
        said.add_text(keyword, words)
    with Image.open(picture) as found, files.replacing(path) as partial:
        reduced(found, most).save(partial, "PNG", pnginfo=said)
