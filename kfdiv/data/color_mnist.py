"""Coloured digits: what an image shows and its colour, told apart."""

from __future__ import annotations

import zlib

import numpy as np

from kfdiv.data.channels import ChannelSource
from kfdiv.data.digit_images import digit_images
from kfdiv.data.info import Info
from kfdiv.data.registry import registry
from kfdiv.data.source import Source

# The corners of the colour cube, save black: blue, green, cyan, red, magenta, yellow, white.
COLORS = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(1, 8)], bool)


@registry.register("color_mnist")
def color_mnist(
    split: str = "train",
    *,
    source: str = "mnist",
    sample_seed: int = 0,
    data_dir: str | None = None,
    download: bool = False,
) -> Source:
    """Tint each digit with one of seven colours, on black: 70 modes, and two labels that differ.

    Example n is `c * x_n`, x_n the n-th grey image of the split and c a colour, uniform over those
    seven whose red, green and blue are each 0 or 1 and not all 0, drawn once by `sample_seed`.
    Colour k, from 0, has the binary digits of k + 1: blue, green, cyan, red, magenta, yellow,
    white. Labels are `(digit, k)`.

    The ColorMNIST of Rosca et al. 2018 is that of Metz et al. 2017: see `stacked_mnist`.

    Args:
        split: of the source: `"train"`, `"test"`, ...
        source: where the digits come from: `"mnist"`, `"fashion_mnist"`, or `"digits"`, those of
            scikit-learn, which need no files.
        sample_seed: of the colours.
        data_dir: as in `kfdiv.data.load`.
        download: download and prepare the source if it is not there.

    Returns:
        A source of images of shape `(28, 28, 3)` and labels of shape `(2,)`.

    Raises:
        FileNotFoundError: if the source has not been prepared; says how to.
        ValueError: if the source or the split is another.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.load("color_mnist", source="digits")
        >>> [part.shape for part in dataset.element_spec]
        [TensorShape([100, 28, 28, 3]), TensorShape([100, 2])]
    """
    images, labels = digit_images(source, split, data_dir=data_dir, download=download)
    rng = np.random.default_rng([sample_seed, zlib.crc32(split.encode())])
    colors = rng.integers(len(COLORS), size=len(images), dtype=np.int32)
    info = Info("color_mnist", split, num_classes=10 * len(COLORS))
    # A channel shows the digit or, where the colour lacks it, the black image after the last.
    black = len(images)
    channels = np.where(COLORS[colors], np.arange(black)[:, None], black).astype(np.int32)
    images = np.concatenate([images, np.zeros_like(images[:1])])
    labels = np.stack([labels, colors], axis=1)
    return ChannelSource(images, channels, labels, info)
