"""ImageNet in section 5.3 of Shen et al. 2020."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from kfdiv.presets.registry import registry
from kfdiv.presets.shen.sagan import SAGAN


@registry.register("shen/imagenet")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageNet(SAGAN):
    """Photographs at 64 x 64, 140 latents, no classes.

    The paper's: batches of 240, more than 100 epochs, ch = 64, Adam at 1e-4 for the critic and 5e-5
    for the others; centre crops, see `kfdiv.data.images.imagenet`. This wants a GPU, or several.

    Source: Shen et al. 2020, section 5.3, tables 6 and 11, figures 2, 4, 12 and 14, appendix E.3.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("shen/imagenet")
        >>> preset.steps_per_epoch, preset.latent_size, preset.base_filters
        (5338, 140, 64)
    """

    epochs: int = 100
    batch_size: int = 240
    num_examples: int = 1_281_167
    latent_size: int = 140
    base_filters: int = 64
    encoder_units: int = 2048

    data_name: ClassVar[str] = "imagenet"
    description: ClassVar[str] = "ImageNet at 64 x 64, SAGAN and ResNet-50, by any objective"
