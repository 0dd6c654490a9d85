"""One picture of any size, from a file to the square that a network takes."""

from __future__ import annotations

import os

import numpy as np
from PIL import Image, ImageOps

from kfdiv.data.damaged import DamagedFileError

SUFFIXES = (".png", ".jpg", ".jpeg")
RESIZES = ("crop", "pad", "stretch")

_FORMATS = ("PNG", "JPEG")
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_WHITE = 255
_FILTER = Image.Resampling.BICUBIC


def check_begin(path: str) -> int:
    """Return the size of a file in bytes, if it begins as a PNG or JPEG file does.

    Raises:
        DamagedFileError: if it does not.
    """
    try:
        with open(path, "rb") as file:
            begin = file.read(8)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise DamagedFileError(f"{path} cannot be opened ({error.strerror})") from error
    if not begin:
        raise DamagedFileError(f"{path} is empty")
    if not begin.startswith(_MAGIC):
        raise DamagedFileError(
            f"{path} is neither PNG nor JPEG, whatever its name says: it begins with {begin!r}"
        )
    return size


def read(path: str, size: int, channels: int, resize: str = "crop") -> np.ndarray:
    """Read a picture, upright, on white where it is transparent, and resized with antialiasing.

    Args:
        path: of a PNG or JPEG file, of any mode: grey, with a palette, of 16 bits, CMYK, ...
        size: side of the result in pixels.
        channels: 1 for grey, 3 for red, green and blue.
        resize: "crop" takes the central square, as large as the picture allows; "pad" the whole
            picture, on a white square; "stretch" the whole picture, whatever its proportions.

    Returns:
        A uint8 array of shape `(size, size, channels)`.

    Raises:
        DamagedFileError: if it cannot be read.

    Example:
        >>> import pathlib, tempfile
        >>> path = str(pathlib.Path(tempfile.mkdtemp()) / "wide.png")
        >>> Image.new("RGBA", (40, 20), (255, 0, 0, 0)).save(path)
        >>> read(path, 8, 3)[0, 0].tolist()
        [255, 255, 255]
    """
    try:
        with Image.open(path, formats=_FORMATS) as image:
            # Of a JPEG this decodes an eighth, a quarter or a half of the pixels, no fewer than
            # twice what is wanted. An orientation turns the sides, so both are the same.
            image.draft(None, (2 * size, 2 * size))
            upright = ImageOps.exif_transpose(image)
            square = _square(_opaque(upright, "L" if channels == 1 else "RGB"), size, resize)
    except Exception as error:  # Decoders of damaged files raise whatever it leads them to.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DamagedFileError(f"{path} cannot be read ({reason})") from error
    return np.asarray(square, np.uint8).reshape(size, size, channels)


def _opaque(image: Image.Image, mode: str) -> Image.Image:
    """Return the picture in that mode, on white."""
    if image.mode.startswith("I"):
        # 16 bits; Pillow would clip them to 255.
        return Image.fromarray((np.asarray(image) // 257).astype(np.uint8)).convert(mode)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (_WHITE,) * 4)
        image = Image.alpha_composite(white, image)
    return image.convert(mode)


def _square(image: Image.Image, size: int, resize: str) -> Image.Image:
    if resize == "crop":
        return ImageOps.fit(image, (size, size), _FILTER)
    if resize == "pad":
        white = _WHITE if image.mode == "L" else (_WHITE,) * 3
        return ImageOps.pad(image, (size, size), _FILTER, white)
    return image.resize((size, size), _FILTER)
