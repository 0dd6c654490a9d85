"""The image data sets of the papers, read with TensorFlow Datasets.

What they share: `split` is in TensorFlow Datasets' notation, slices included, `"train[:1000]"`;
`data_dir` is the folder of prepared data sets, or None for the usual one; `download` downloads and
prepares the data set if it is not there; `in_memory` says whether to hold it in memory, None
deciding by size. They raise a FileNotFoundError that says how to prepare a data set that has not
been, an ImportError if tensorflow_datasets is not installed, and a ValueError if there is no such
split.
"""

from __future__ import annotations

import difflib
from types import MappingProxyType

from kfdiv.arguments import check_choice
from kfdiv.data.prepared import LARGEST, PreparedImages
from kfdiv.data.registry import registry
from kfdiv.data.source import Source

# Side in pixels of the central square cut out of CelebA's 218 x 178 images, by whose setting it is.
CELEBA_CROPS = MappingProxyType({"zhang": 140, "age": 128})
# Of ImageNet's photographs: the largest square, or what is printed.
IMAGENET_CROPS = MappingProxyType({"square": LARGEST, "printed": 73})


@registry.register("mnist")
def mnist(
    split: str = "train",
    *,
    data_dir: str | None = None,
    download: bool = False,
    in_memory: bool | None = None,
) -> Source:
    """MNIST: 60,000 and 10,000 (`"test"`) images of shape `(28, 28, 1)`, labels 0 to 9.

    Example:
        >>> dataset = kfdiv.data.load("mnist", value_range=(-1, 1))  # doctest: +SKIP
    """
    images = PreparedImages("mnist", "mnist", split, num_classes=10)
    return images.source(data_dir, download, in_memory)


@registry.register("fashion_mnist")
def fashion_mnist(
    split: str = "train",
    *,
    data_dir: str | None = None,
    download: bool = False,
    in_memory: bool | None = None,
) -> Source:
    """Fashion-MNIST: 60,000 and 10,000 (`"test"`) images of shape `(28, 28, 1)`, labels 0 to 9.

    Example:
        >>> dataset = kfdiv.data.load("fashion_mnist")  # doctest: +SKIP
    """
    images = PreparedImages("fashion_mnist", "fashion_mnist", split, num_classes=10)
    return images.source(data_dir, download, in_memory)


@registry.register("cifar10")
def cifar10(
    split: str = "train",
    *,
    data_dir: str | None = None,
    download: bool = False,
    in_memory: bool | None = None,
) -> Source:
    """CIFAR-10: 50,000 and 10,000 (`"test"`) images of shape `(32, 32, 3)`, labels 0 to 9.

    Example:
        >>> dataset = kfdiv.data.load("cifar10", "test")  # doctest: +SKIP
    """
    images = PreparedImages("cifar10", "cifar10", split, num_classes=10)
    return images.source(data_dir, download, in_memory)


@registry.register("celeba")
def celeba(
    split: str = "train",
    *,
    crop: str = "zhang",
    size: int = 64,
    data_dir: str | None = None,
    download: bool = False,
    in_memory: bool | None = None,
) -> Source:
    """CelebA: 162,770 training faces, their centres cut out and resized to 64 x 64; no labels.

    Zhang et al. (2019, section 3.3) train on 50,000 of them: `"train[:50000]"`, which is also few
    enough to be held in memory.

    Args:
        split: `"train"`, `"validation"`, `"test"`, or a slice.
        crop: `"zhang"` cuts out 140 x 140 pixels (Zhang et al. 2019, section 3.3), `"age"`
            128 x 128 (the setting of adversarial gradient estimation).
        size: side of the result in pixels.
        data_dir: see above, as of the others.
        download: likewise.
        in_memory: likewise.

    Raises:
        ValueError: if `crop` is neither of the two, or `size` is not positive.

    Example:
        >>> dataset = kfdiv.data.load("celeba", "train[:50000]", crop="zhang")  # doctest: +SKIP
    """
    if crop not in CELEBA_CROPS:
        near = difflib.get_close_matches(str(crop), CELEBA_CROPS, 1)
        raise ValueError(
            f"Received crop={crop!r}; expected one of {', '.join(CELEBA_CROPS)}."
            + (f" Did you mean {near[0]!r}?" if near else "")
        )
    images = PreparedImages("celeba", "celeb_a", split, crop=CELEBA_CROPS[crop], size=size)
    return images.source(data_dir, download, in_memory)


@registry.register("imagenet64")
def imagenet64(
    split: str = "train",
    *,
    data_dir: str | None = None,
    download: bool = False,
    in_memory: bool | None = None,
) -> Source:
    """ImageNet downsampled to `(64, 64, 3)`: 1,281,149 training images; no labels.

    The splits are `"train"` and `"validation"`.

    Example:
        >>> dataset = kfdiv.data.load("imagenet64", batch_size=256)  # doctest: +SKIP
    """
    # The images have that size, but TensorFlow Datasets does not say so.
    images = PreparedImages("imagenet64", "downsampled_imagenet/64x64", split, size=64)
    return images.source(data_dir, download, in_memory)


@registry.register("imagenet")
def imagenet(
    split: str = "train",
    *,
    crop: str = "square",
    size: int = 64,
    data_dir: str | None = None,
    download: bool = False,
    in_memory: bool | None = None,
) -> Source:
    """ImageNet's photographs (ILSVRC 2012), the central square of each resized; labels 0 to 999.

    The splits are `"train"`, 1,281,167 photographs, and `"validation"`, 50,000. Shen et al. (2020,
    appendix E.3) take "center crops of 73 x 73" and resize them to 64 x 64. Of photographs as large
    as ImageNet's that is a patch; we read it as of photographs whose shorter side has been made 73,
    which is the central square.

    Args:
        split: `"train"`, `"validation"`, or a slice.
        crop: `"square"`, or `"printed"` for the 73 x 73 pixels in the middle.
        size: side of the result in pixels.
        data_dir: see above, as of the others.
        download: likewise.
        in_memory: likewise.

    Raises:
        ValueError: if `crop` is neither of the two, or `size` is not positive.

    Example:
        >>> dataset = kfdiv.data.load("imagenet", batch_size=240)  # doctest: +SKIP
    """
    images = PreparedImages(
        "imagenet",
        "imagenet2012",
        split,
        num_classes=1000,
        crop=IMAGENET_CROPS[check_choice("crop", crop, IMAGENET_CROPS)],
        size=size,
    )
    return images.source(data_dir, download, in_memory)
