"""DRAW on ColorMNIST, at a size that trains beside the other models of Rosca et al. 2018."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, models
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import registry


@registry.register("rosca/draw_color_mnist")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DrawColorMNIST(Preset):
    """ColorMNIST, that is stacked MNIST, by a `DRAW` of 5 steps of 10 latents.

    The paper has DRAW on CIFAR-10 alone; this one stands beside the models of `rosca/color_mnist`,
    and has their data, batches, Adam, and 50 latents in all: 2 or 15 a step make their 10 or 75.
    Pixels are Bernoulli's, grey values taken as they are, both LSTMs have `units` = 128, and there
    is no attention, which would look for one digit where there are three.

    Args:
        source: of the digits: "mnist", "fashion_mnist", or "digits", which needs no files.
        steps: T.
        latent_size: latents of a step.
        units: of both LSTMs.
        learning_rate: of all; the default is the first that Table 5 has for a VAE.

    Source: Rosca et al. 2018, appendix A.1; Gregor et al. 2015.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.presets.get("rosca/draw_color_mnist", units=8).model()
        >>> model.prior.size, model.event_shape
        (50, (28, 28, 3))
    """

    epochs: int = 50
    batch_size: int = 64
    steps_per_execution: int = 20
    num_examples: int = 128_000
    source: str = "mnist"
    steps: int = 5
    latent_size: int = 10
    units: int = 128
    learning_rate: float = 1e-3

    description: ClassVar[str] = "ColorMNIST by DRAW, at a size that trains on a core"
    default_divergence: ClassVar[str] = "kl"
    image_shape: ClassVar[tuple[int, int, int]] = (28, 28, 3)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Stack digits of the source, pixels in [0, 1]; the same ones for every seed."""
        return data.load(
            "stacked_mnist",
            split,
            batch_size=self.batch_size,
            seed=seed,
            data_dir=data_dir,
            source=self.source,
            num_examples=self.num_examples,
        )

    def build(self, divergence: str, seed: int) -> models.DRAW:
        """See `Preset.build`."""
        return models.DRAW(
            self.image_shape,
            latent_size=self.latent_size,
            steps=self.steps,
            units=self.units,
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return {"optimizer": keras.optimizers.Adam(self.learning_rate, beta_1=0.5, beta_2=0.9)}
