"""Section 3.3 of Zhang et al. 2019: CelebA by forward and reverse KL."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, models, networks
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.zhang import images

_PRINTED = {
    "epochs": 66,
    "batch_size": 100,
    "num_examples": 50_000,
    "width": 1.0,
    "forward_width": 0.2,
    "encoder_steps": 20,
    "learning_rate": 1e-4,
    "decoder_learning_rate": 1e-7,
    "components": 100,
    "neighbors": 30,
    "temperature": 10.0,
    "latent_size": 64,
    "encoder_base_filters": 128,
    "decoder_base_filters": 64,
}


@registry.register("zhang/celeba")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CelebA(Preset):
    """50,000 faces at 64 x 64, warm-started by forward KL.

    60 epochs of forward KL at width 0.2, then 6 of the divergence at width 1.0.

    The paper's: 140 x 140 centre crops, pixels in [0, 1]; the convolutional networks of appendix
    D, 64 latents, a posterior of diagonal covariance; batches of 100; 20 encoder steps for each
    decoder step; Adam at 1e-4 for the encoder, RMSprop at 1e-7 for the decoder after the warm-up;
    p^(y) by 100 principal components, T = 30, temperature 10, as the text means it. The paper is
    silent on the decoder's optimizer during the warm-up: Adam at 1e-4 here. This wants a GPU;
    `encoder_base_filters` and `decoder_base_filters` scale the networks.

    What the settings of optimizers and density are: `kfdiv.presets.zhang.images.Settings`.

    Source: Zhang et al. 2019, section 3.3, figure 5, appendices B and D.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("zhang/celeba")
        >>> preset.epochs, preset.warmup("rkl").steps, preset.width
        (66, 30000, 1.0)
    """

    epochs: int = 66
    batch_size: int = 100
    warmup_epochs: int | None = None
    width: float = 1.0
    forward_width: float = 0.2
    encoder_steps: int = 20
    learning_rate: float = 1e-4
    decoder_learning_rate: float = 1e-7
    components: int = 100
    neighbors: int = 30
    temperature: float = 10.0
    equation_35: str = "meant"
    num_examples: int = 50_000
    latent_size: int = 64
    encoder_base_filters: int = 128
    decoder_base_filters: int = 64

    warmup_share: ClassVar[float] = 60 / 66
    printed: ClassVar[tuple[Printed, ...]] = (
        *(Printed(name, value) for name, value in _PRINTED.items()),
        *images.PRINTED,
        Printed("warmup_epochs", 60),
        Printed(
            "strides of the decoder",
            "2 in each but the last, from 8 x 8",
            "as printed they give 128 x 128; the images have 64 x 64",
            here="2 in three of them",
        ),
        Printed(
            "optimizer of the decoder under forward KL", None, "not given", here="Adam at 1e-4"
        ),
    )
    description: ClassVar[str] = "CelebA at 64 x 64, 64 latents, forward-KL warm start"

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Read CelebA as TensorFlow Datasets has prepared it, pixels in [0, 1]."""
        if split == "train":
            split = f"train[:{self.num_examples}]"
        return data.load(
            "celeba", split, batch_size=self.batch_size, seed=seed, data_dir=data_dir, crop="zhang"
        )

    def build(self, divergence: str, seed: int) -> models.VariationalFDivergence:
        """See `Preset.build`."""
        image = (64, 64, 3)
        return models.VariationalFDivergence(
            encoder=networks.zhang_encoder(image, 2 * self.latent_size, self.encoder_base_filters),
            decoder=networks.zhang_decoder(self.latent_size, image, self.decoder_base_filters),
            noise=self.warmup(divergence).noise(self.forward_width, self.width),
            data_density=images.data_density(self),
            seed=seed,
        )

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return images.compile_arguments(self, self.warmup(divergence), keras.optimizers.RMSprop)
