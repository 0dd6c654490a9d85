"""Stacked MNIST: a thousand modes that can be counted."""

from __future__ import annotations

import zlib

import numpy as np

from kfdiv.data.channels import ChannelSource
from kfdiv.data.digit_images import digit_images
from kfdiv.data.info import Info
from kfdiv.data.registry import registry
from kfdiv.data.source import Source


@registry.register("stacked_mnist")
def stacked_mnist(
    split: str = "train",
    *,
    source: str = "mnist",
    num_examples: int = 128_000,
    sample_seed: int = 0,
    data_dir: str | None = None,
    download: bool = False,
) -> Source:
    """Put three digits drawn at random into the channels of one image: 1,000 modes.

    Example n is the channels `(x_i, x_j, x_k)`, i, j and k uniform over the images of the split and
    independent of one another, drawn once by `sample_seed`. Its label is `100 a + 10 b + c`, the
    classes of the three.

    Args:
        split: of the source: `"train"`, `"test"`, ...
        source: where the digits come from: `"mnist"`, `"fashion_mnist"`, or `"digits"`, those of
            scikit-learn, which need no files.
        num_examples: how many examples are drawn.
        sample_seed: of the draw.
        data_dir: as in `kfdiv.data.load`.
        download: download and prepare the source if it is not there.

    Returns:
        A source of images of shape `(28, 28, 3)` and labels 0 to 999.

    Raises:
        FileNotFoundError: if the source has not been prepared; says how to.
        ValueError: if the source or the split is another, or `num_examples` is not positive.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.load("stacked_mnist", source="digits", value_range=(-1, 1))
        >>> dataset.element_spec[0].shape, dataset.stream.num_examples
        (TensorShape([100, 28, 28, 3]), 128000)

    Source: Metz et al. 2017; Shen et al. 2020, section 5.2.2, and appendix E.2 for the number.
    """
    if num_examples < 1:
        raise ValueError(f"Received num_examples={num_examples}; expected a positive number.")
    images, labels = digit_images(source, split, data_dir=data_dir, download=download)
    rng = np.random.default_rng([sample_seed, zlib.crc32(split.encode())])
    channels = rng.integers(len(images), size=(num_examples, 3), dtype=np.int32)
    modes = labels[channels] @ np.array([100, 10, 1], np.int32)
    info = Info("stacked_mnist", split, num_classes=1000)
    return ChannelSource(images, channels, modes, info)
