"""Section 5.2.2 of Shen et al. 2020: a thousand modes that can be counted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, models, networks
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.shen import images, objectives
from kfdiv.presets.shen.objectives import ALL, Objective


@registry.register("shen/stacked_mnist")
@dataclasses.dataclass(frozen=True, kw_only=True)
class StackedMNIST(Preset):
    """Stacked MNIST, eight latents, the DCGAN networks of tables 8 to 10.

    The paper's: 128,000 examples, batches of 64, 50 epochs, Adam at 1e-4 for everyone; the
    authors' program has `critic_units` = 256 where table 10 has 1,024. Two cores take it for a day;
    `epochs`, and `base_filters` and `critic_units` for the networks, make it shorter.

    Args:
        source: of the digits: "mnist", "fashion_mnist", or "digits", which needs no files.

    `kfdiv.presets.shen.objectives.Objective`, `adversarial.Settings` and `images.Settings` say what
    the other settings are.

    Source: Shen et al. 2020, section 5.2.2, tables 5 to 10, appendices D and E.2.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("shen/stacked_mnist", base_filters=4, critic_units=8)
        >>> preset.steps_per_epoch, preset.divergence
        (2000, 'all')
        >>> model = preset.model()
        >>> model.event_shape, model.prior.size
        ((28, 28, 3), 8)
    """

    epochs: int = 50
    batch_size: int = 64
    objective: str = "age"
    clip: float | None = None
    critic_steps: int = 1
    critic_learning_rate: float = 1e-4
    learning_rate: float = 1e-4
    decay: bool = False
    stochastic: bool = True
    bidirectional: bool = True
    latent_size: int = 8
    base_filters: int = 64
    critic_units: int = 1024
    num_examples: int = 128_000
    source: str = "mnist"

    default_divergence: ClassVar[str] = ALL
    description: ClassVar[str] = "stacked MNIST, 1,000 modes, by any objective"
    value_range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    least: ClassVar[Mapping[str, int]] = {"clip": 0}
    printed: ClassVar[tuple[Printed, ...]] = (
        Printed("epochs", 50),
        Printed("batch_size", 64),
        Printed("num_examples", 128_000),
        Printed("critic_steps", 1),
        Printed("critic_learning_rate", 1e-4),
        Printed("learning_rate", 1e-4),
        Printed("latent_size", 8),
        Printed("base_filters", 64),
        Printed("critic_units", 1024),
        Printed("decay", False),
        Printed("beta_1 of Adam", None, "not given; as of the other images", here="0"),
        images.CLIP,
    )

    @property
    def criterion(self) -> Objective:
        """See `Preset.criterion`."""
        return objectives.get(self.objective, self.default_divergence, self.clip or 0.0)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Stack digits of the source, pixels in [-1, 1]; the same ones for every seed."""
        return data.load(
            "stacked_mnist",
            split,
            batch_size=self.batch_size,
            seed=seed,
            value_range=self.value_range,
            data_dir=data_dir,
            source=self.source,
            num_examples=self.num_examples,
        )

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return those of tables 8, 10 and 9: decoder, critic and encoder, if there is one."""
        return images.networks_of(
            self,
            networks.dcgan_generator,
            lambda **size: networks.dcgan_critic(**size, units=self.critic_units),
            lambda outputs: networks.dcgan_encoder(
                output_size=outputs, base_filters=self.base_filters
            ),
        )

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        return self.criterion.model(**self.networks(), seed=seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return images.compile_arguments(self, divergence)
