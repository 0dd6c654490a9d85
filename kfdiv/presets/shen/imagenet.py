"""ImageNet in section 5.3 of Shen et al. 2020."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import models
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.shen import images, objectives
from kfdiv.presets.shen.objectives import ALL, Objective
from kfdiv.presets.shen.sagan import check_encoder_settings, photographs, sagan_networks


@registry.register("shen/imagenet")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageNet(Preset):
    """Photographs at 64 x 64, 140 latents, no classes.

    The paper's: batches of 240, more than 100 epochs, ch = 64, Adam at 1e-4 for the critic and 5e-5
    for the others; centre crops, see `kfdiv.data.images.imagenet`. This wants a GPU, or several.

    `kfdiv.presets.shen.objectives.Objective`, `adversarial.Settings`, `images.Settings` and
    `sagan.Settings` say what the settings are.

    Source: Shen et al. 2020, section 5.3, tables 6 and 11, figures 2, 4, 12 and 14, appendix E.3.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("shen/imagenet")
        >>> preset.steps_per_epoch, preset.latent_size, preset.base_filters
        (5338, 140, 64)
    """

    epochs: int = 100
    batch_size: int = 240
    objective: str = "age"
    clip: float | None = None
    critic_steps: int = 1
    critic_learning_rate: float = 1e-4
    learning_rate: float = 5e-5
    decay: bool = False
    stochastic: bool = True
    bidirectional: bool = True
    latent_size: int = 140
    base_filters: int = 64
    critic_units: int = 1024
    num_examples: int = 1_281_167
    encoder_filters: int = 64
    encoder_units: int = 2048
    crop: str = "square"

    default_divergence: ClassVar[str] = ALL
    description: ClassVar[str] = "ImageNet at 64 x 64, SAGAN and ResNet-50, by any objective"
    value_range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    least: ClassVar[Mapping[str, int]] = {"clip": 0}
    printed: ClassVar[tuple[Printed, ...]] = (
        Printed("batch_size", 240),
        Printed("latent_size", 140),
        Printed("base_filters", 64),
        Printed("encoder_units", 2048),
        Printed("epochs", "more than 100", "the least that is printed"),
        Printed("critic_units", None, "not given; 1,024 as of CelebA"),
        Printed(
            "crop",
            "printed",
            "73 x 73 pixels of a photograph are a patch; read as of photographs whose shorter side "
            "has been made 73, which is the central square",
        ),
        Printed("critic_steps", 1),
        Printed("critic_learning_rate", 1e-4),
        Printed("learning_rate", 5e-5),
        Printed("decay", False),
        images.ADAM,
        Printed(
            "clip",
            "AGE-ALL alone, which has nothing to clip",
            "None is that; for a divergence alone it is 0.5, as of CelebA in table 7",
        ),
    )

    def complete(self) -> None:
        """See `Preset.complete`."""
        super().complete()
        check_encoder_settings(self)

    @property
    def criterion(self) -> Objective:
        """See `Preset.criterion`."""
        return objectives.get(self.objective, self.default_divergence, self.clip or 0.0)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Read the images as TensorFlow Datasets has prepared them, 64 x 64, in [-1, 1]."""
        return photographs(self, "imagenet", split, seed, data_dir, crop=self.crop)

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return the untrained decoder, critic and, if there is one, encoder by these names."""
        return sagan_networks(self)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        return self.criterion.model(**self.networks(), seed=seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return images.compile_arguments(self, divergence)
