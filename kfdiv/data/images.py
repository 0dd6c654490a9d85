"""The image data sets of the papers, read with TensorFlow Datasets."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import final

from kfdiv.data.prepared import LARGEST, PreparedImages
from kfdiv.data.registry import registry

# Side in pixels of the central square cut out of CelebA's 218 x 178 images, by whose setting it is.
CELEBA_CROPS = MappingProxyType({"zhang": 140, "age": 128})


@final
@registry.register("mnist")
class MNIST(PreparedImages):
    """MNIST: 60,000 and 10,000 (`"test"`) images of shape `(28, 28, 1)`, labels 0 to 9.

    Args: those of `PreparedImages`.

    Example:
        >>> dataset = kfdiv.data.load("mnist", value_range=(-1, 1))  # doctest: +SKIP
    """

    name = "mnist"
    tfds_name = "mnist"
    num_classes = 10


@final
@registry.register("fashion_mnist")
class FashionMNIST(PreparedImages):
    """Fashion-MNIST: 60,000 and 10,000 (`"test"`) images of shape `(28, 28, 1)`, labels 0 to 9.

    Args: those of `PreparedImages`.

    Example:
        >>> dataset = kfdiv.data.load("fashion_mnist")  # doctest: +SKIP
    """

    name = "fashion_mnist"
    tfds_name = "fashion_mnist"
    num_classes = 10


@final
@registry.register("cifar10")
class CIFAR10(PreparedImages):
    """CIFAR-10: 50,000 and 10,000 (`"test"`) images of shape `(32, 32, 3)`, labels 0 to 9.

    Args: those of `PreparedImages`.

    Example:
        >>> dataset = kfdiv.data.load("cifar10", "test")  # doctest: +SKIP
    """

    name = "cifar10"
    tfds_name = "cifar10"
    num_classes = 10


@final
@registry.register("celeba")
class CelebA(PreparedImages):
    """CelebA: 162,770 training faces, their centres cut out and resized to 64 x 64; no labels.

    Zhang et al. (2019, section 3.3) train on 50,000 of them: `"train[:50000]"`, which is also few
    enough to be held in memory.

    Args:
        split: `"train"`, `"validation"`, `"test"`, or a slice.
        crop: `"zhang"` cuts out 140 x 140 pixels (Zhang et al. 2019, section 3.3), `"age"`
            128 x 128 (the setting of adversarial gradient estimation).
        size: side of the result in pixels.
        **storage: the other arguments of `PreparedImages`.

    Raises:
        ValueError: if `crop` is neither of the two, or `size` is not positive.

    Example:
        >>> dataset = kfdiv.data.load("celeba", "train[:50000]", crop="zhang")  # doctest: +SKIP
    """

    name = "celeba"
    tfds_name = "celeb_a"

    def __init__(
        self,
        split: str = "train",
        *,
        crop: str = "zhang",
        size: int = 64,
        data_dir: str | None = None,
        download: bool = False,
        in_memory: bool | None = None,
    ) -> None:
        if crop not in CELEBA_CROPS:
            near = difflib.get_close_matches(str(crop), CELEBA_CROPS, 1)
            raise ValueError(
                f"Received crop={crop!r}; expected one of {', '.join(CELEBA_CROPS)}."
                + (f" Did you mean {near[0]!r}?" if near else "")
            )
        self.size = _side(size)
        self.crop = CELEBA_CROPS[crop]
        super().__init__(split, data_dir=data_dir, download=download, in_memory=in_memory)


@final
@registry.register("imagenet64")
class ImageNet64(PreparedImages):
    """ImageNet downsampled to `(64, 64, 3)`: 1,281,149 training images; no labels.

    The splits are `"train"` and `"validation"`.

    Args: those of `PreparedImages`.

    Example:
        >>> dataset = kfdiv.data.load("imagenet64", batch_size=256)  # doctest: +SKIP
    """

    name = "imagenet64"
    tfds_name = "downsampled_imagenet/64x64"
    size = 64  # which the images have, but TensorFlow Datasets does not say so


@final
@registry.register("imagenet")
class ImageNet(PreparedImages):
    """ImageNet's photographs (ILSVRC 2012), the central square of each resized; labels 0 to 999.

    The splits are `"train"`, 1,281,167 photographs, and `"validation"`, 50,000. Shen et al. (2020,
    appendix E.3) take "center crops of 73 x 73" and resize them to 64 x 64. Of photographs as large
    as ImageNet's that would be a patch; we read it as of photographs whose shorter side has been
    made 73, which is the central square.

    Args:
        split: `"train"`, `"validation"`, or a slice.
        size: side of the result in pixels.
        **storage: the other arguments of `PreparedImages`.

    Raises:
        ValueError: if `size` is not positive.

    Example:
        >>> dataset = kfdiv.data.load("imagenet", batch_size=240)  # doctest: +SKIP
    """

    name = "imagenet"
    tfds_name = "imagenet2012"
    num_classes = 1000
    crop = LARGEST

    def __init__(
        self,
        split: str = "train",
        *,
        size: int = 64,
        data_dir: str | None = None,
        download: bool = False,
        in_memory: bool | None = None,
    ) -> None:
        self.size = _side(size)
        super().__init__(split, data_dir=data_dir, download=download, in_memory=in_memory)


def _side(size: int) -> int:
    if size < 1:
        raise ValueError(f"Received size={size}; expected a positive number of pixels.")
    return size
