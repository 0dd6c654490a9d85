"""CelebA in section 5.3 of Shen et al. 2020."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from kfdiv.presets.registry import registry
from kfdiv.presets.shen.sagan import SAGAN


@registry.register("shen/celeba")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CelebA(SAGAN):
    """Faces at 64 x 64, 100 latents.

    The paper's: 128 x 128 centre crops, batches of 256, some 50 epochs, ch = 32, Adam at 1e-4 for
    the critic and 5e-5 for the others. This wants a GPU.

    Source: Shen et al. 2020, section 5.3, tables 6, 7 and 11, figures 2, 3, 5, 11 and 13, appendix
    E.3.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("shen/celeba")
        >>> preset.steps_per_epoch, preset.latent_size, preset.base_filters
        (635, 100, 32)
    """

    epochs: int = 50
    batch_size: int = 256
    num_examples: int = 162_770
    latent_size: int = 100
    base_filters: int = 32
    encoder_units: int = 1024

    data_name: ClassVar[str] = "celeba"
    data_options: ClassVar[dict[str, Any]] = {"crop": "age"}
    description: ClassVar[str] = "CelebA at 64 x 64, SAGAN and ResNet-50, by any objective"
