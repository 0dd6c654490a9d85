"""A model of handwritten digits that is told which digit."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from kfdiv import data, models, networks, noise
from kfdiv.presets.optimizers import decaying_adam
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import registry


@registry.register("digits_conditional")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DigitsConditional(Preset):
    """scikit-learn's digits at 16 x 16, conditional on their label: p(x|c), with spread noise.

    Ours, not a paper's. Encoder and decoder have `layers` = 2 hidden layers of `units` = 256 and
    take the label, as a unit vector, beside their input; the `latent_size` = 8 latents describe
    what is left, the hand. Under a divergence that needs the density of the noised data it is that
    of the images of the same label. An epoch is ten passes over the 1,442 images. Adam's learning
    rate decays along a cosine to a twentieth.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.presets.get("digits_conditional", units=16).model("kl")
        >>> model.sample(3, condition=[0, 0, 7]).shape
        TensorShape([3, 16, 16, 1])
    """

    epochs: int = 30
    batch_size: int = 100
    passes_per_epoch: int = 10
    steps_per_execution: int = 70
    image_size: int = 16
    layers: int = 2
    units: int = 256
    latent_size: int = 8
    width: float = 0.2
    learning_rate: float = 1e-3

    num_examples: ClassVar[int] = 1_442
    num_classes: ClassVar[int] = 10
    description: ClassVar[str] = "scikit-learn's handwritten digits, conditional on the label"
    default_divergence: ClassVar[str] = "kl"

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Open the digits and their labels; no files are needed."""
        return data.load(
            "digits", split, batch_size=self.batch_size, seed=seed, size=self.image_size
        )

    def build(self, divergence: str, seed: int) -> models.VariationalFDivergence:
        """See `Preset.build`."""
        image, hidden = (self.image_size, self.image_size, 1), [self.units] * self.layers
        label = {"condition_size": self.num_classes}
        return models.VariationalFDivergence(
            encoder=networks.mlp(image, hidden, 2 * self.latent_size, **label),
            decoder=networks.mlp(
                self.latent_size, hidden, image, output_activation="sigmoid", **label
            ),
            noise=noise.Gaussian(self.width),
            condition=networks.condition(self.num_classes),
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        steps = self.epochs * self.steps_per_epoch
        return {
            "encoder_optimizer": decaying_adam(self.learning_rate, steps, end=0.05),
            "decoder_optimizer": decaying_adam(self.learning_rate, steps, end=0.05),
        }
