"""The DRAW of Rosca et al. 2018, Table 1."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, models
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.rosca import images


@registry.register("rosca/draw_cifar10")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DrawCIFAR10(Preset):
    """CIFAR-10 by a convolutional `DRAW` of the paper's 49,152 latents.

    The paper gives no more of it than their number, that it is "similar" to Gregor et al. 2015
    (appendix A.1) and trained as in Gregor et al. 2016 (Table 1), and that it reached less than
    3.67 bits a pixel. How the latents are laid out is ours: `steps` = 16 steps of `latent_size` =
    12 maps of 16 x 16. So are the LSTMs' `units` = 64 maps, the learning rate and the epochs; the
    batch of 64 and Adam's .5 and .9 are those of the paper's other models. Pixels are quantised
    normals. Its prior does not depend on the steps before, as that of 2015 does not and that of
    2016 does, its decoder does not look at the canvas, as that of 2016 does, and it has one layer.
    This wants a GPU, and was not trained here.

    Source: Rosca et al. 2018, Table 1 and appendix A.1; Gregor et al. 2016.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("rosca/draw_cifar10")
        >>> preset.steps_per_epoch, preset.steps * preset.latent_size * 16 * 16
        (781, 49152)
    """

    epochs: int = 100
    batch_size: int = 64
    steps: int = 16
    latent_size: int = 12
    units: int = 64
    stride: int = 2
    learning_rate: float = 5e-4
    num_examples: int = 50_000

    description: ClassVar[str] = "CIFAR-10 by convolutional DRAW, 49,152 latents"
    default_divergence: ClassVar[str] = "kl"
    printed: ClassVar[tuple[Printed, ...]] = (
        *images.OPTIMIZERS,
        Printed("latents in all", "49,152", here="49,152"),
        Printed(
            "iterations",
            "200,000",
            "of all models on CIFAR-10; but this one was trained as by Gregor et al. 2016",
            here="78,100",
        ),
        *(
            Printed(name, None, "not given")
            for name in ("steps", "latent_size", "units", "stride", "learning_rate")
        ),
        Printed("observation of pixels", None, "not given", here="quantised normals"),
    )

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Read the prepared images, in [0, 1]."""
        if split == "train":
            split = f"train[:{self.num_examples}]"
        return data.load("cifar10", split, batch_size=self.batch_size, seed=seed, data_dir=data_dir)

    def build(self, divergence: str, seed: int) -> models.DRAW:
        """See `Preset.build`."""
        return models.DRAW(
            (32, 32, 3),
            latent_size=self.latent_size,
            steps=self.steps,
            units=self.units,
            stride=self.stride,
            observation="quantized_normal",
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return {"optimizer": keras.optimizers.Adam(self.learning_rate, beta_1=0.5, beta_2=0.9)}
