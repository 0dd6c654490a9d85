"""CelebA in section 5.3 of Shen et al. 2020."""

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


@registry.register("shen/celeba")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CelebA(Preset):
    """Faces at 64 x 64, 100 latents.

    The paper's: 128 x 128 centre crops, batches of 256, some 50 epochs, ch = 32, Adam at 1e-4 for
    the critic and 5e-5 for the others. This wants a GPU.

    `kfdiv.presets.shen.objectives.Objective`, `adversarial.Settings`, `images.Settings` and
    `sagan.Settings` say what the settings are.

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
    objective: str = "age"
    clip: float | None = None
    critic_steps: int = 1
    critic_learning_rate: float = 1e-4
    learning_rate: float = 5e-5
    decay: bool = False
    stochastic: bool = True
    bidirectional: bool = True
    latent_size: int = 100
    base_filters: int = 32
    critic_units: int = 1024
    num_examples: int = 162_770
    encoder_filters: int = 64
    encoder_units: int = 1024

    default_divergence: ClassVar[str] = ALL
    description: ClassVar[str] = "CelebA at 64 x 64, SAGAN and ResNet-50, by any objective"
    value_range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    least: ClassVar[Mapping[str, int]] = {"clip": 0}
    printed: ClassVar[tuple[Printed, ...]] = (
        Printed("batch_size", 256),
        Printed("latent_size", 100),
        Printed("base_filters", 32),
        Printed("encoder_units", 1024),
        Printed("epochs", 50),
        Printed("critic_units", None, "not given; 1,024 are the encoder's"),
        Printed("critic_steps", 1),
        Printed("critic_learning_rate", 1e-4),
        Printed("learning_rate", 5e-5),
        Printed("decay", False),
        images.ADAM,
        images.CLIP,
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
        return photographs(self, "celeba", split, seed, data_dir, crop="age")

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return the untrained decoder, critic and, if there is one, encoder by these names."""
        return sagan_networks(self)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        return self.criterion.model(**self.networks(), seed=seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return images.compile_arguments(self, divergence)
