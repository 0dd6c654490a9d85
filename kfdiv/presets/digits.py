"""The demonstration: real handwritten digits, no download, a minute or two."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from kfdiv import data, models, networks
from kfdiv.presets.optimizers import decaying_adam
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import registry


@registry.register("digits")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Digits(Preset):
    """scikit-learn's digits at 16 x 16, two latents, `layers` = 3 hidden layers of `units` = 384.

    Forward KL for `warmup_epochs` at spread noise of `forward_width`, then the divergence at
    `width`; forward KL itself keeps its width to the end.

    Ours, not a paper's. Two latents, so that the latent plot is the whole latent space. The
    widths decide what is seen: a wider noise blurs, and a narrower one leaves reverse KL with
    fewer of the digits. An epoch is ten passes over the 1,442 images. Adam's learning rate decays
    along a cosine to a twentieth.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("digits")
        >>> preset.steps_per_epoch, preset.model("rkl").event_shape
        (140, (16, 16, 1))
    """

    epochs: int = 40
    batch_size: int = 100
    passes_per_epoch: int = 10
    steps_per_execution: int = 70
    warmup_epochs: int | None = None
    width: float = 0.4
    forward_width: float = 0.2
    image_size: int = 16
    layers: int = 3
    units: int = 384
    latent_size: int = 2
    learning_rate: float = 1e-3

    warmup_share: ClassVar[float] = 10 / 40
    num_examples: ClassVar[int] = 1_442
    description: ClassVar[str] = "scikit-learn's handwritten digits, two latents: the demonstration"

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Open the digits; no files are needed."""
        return data.load(
            "digits", split, batch_size=self.batch_size, seed=seed, size=self.image_size
        )

    def build(self, divergence: str, seed: int) -> models.VariationalFDivergence:
        """See `Preset.build`."""
        image, hidden = (self.image_size, self.image_size, 1), [self.units] * self.layers
        return models.VariationalFDivergence(
            encoder=networks.mlp(image, hidden, 2 * self.latent_size),
            decoder=networks.mlp(self.latent_size, hidden, image, output_activation="sigmoid"),
            noise=self.warmup(divergence).noise(self.forward_width, self.width),
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        steps = self.epochs * self.steps_per_epoch
        return {
            "encoder_optimizer": decaying_adam(self.learning_rate, steps, end=0.05),
            "decoder_optimizer": decaying_adam(self.learning_rate, steps, end=0.05),
            "warmup_steps": self.warmup(divergence).steps,
        }
