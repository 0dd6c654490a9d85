"""The models of Rosca et al. 2018 on CIFAR-10."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, models
from kfdiv.presets.criterion import Criterion
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.rosca import images, kinds


@registry.register("rosca/cifar10")
@dataclasses.dataclass(frozen=True, kw_only=True)
class CIFAR10(Preset):
    """CIFAR-10 by each of the paper's models, on the networks of WGAN.

    The paper's: generator and critic of the WGAN authors' program (`kfdiv.networks.wgan_generator`)
    and the encoder that is the generator transposed; 200,000 iterations, here 256 epochs of 781;
    latents of 100 or 200 in Table 1. `kfdiv.presets.rosca.images.Settings` says what else is the
    paper's, what is ours, and what the settings are. This wants a GPU.

    Raises:
        ValueError: if the model or the observation is another, or a setting is not for the model.

    Source: Rosca et al. 2018, sections 4 and 6.4, appendix K.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("rosca/cifar10", model_name="veegan")
        >>> preset.epochs * preset.steps_per_epoch, preset.latent_size
        (199936, 100)
    """

    epochs: int = 256
    batch_size: int = 64
    steps_per_execution: int = 20
    num_examples: int = 50_000
    model_name: str = "vae"
    observation: str = "bernoulli"
    latent_size: int = 100
    base_filters: int = 64
    critic_filters: int = 64
    code_units: int = 1_000
    head_units: int = 512
    adaptive_contrast: bool = False
    moment_draws: int | None = None
    split_batch: bool = False
    learning_rate: float | None = None
    critic_learning_rate: float | None = None
    code_critic_learning_rate: float | None = None
    reconstruction_weight: float = 1.0
    marginal_weight: float = 1.0

    default_divergence: ClassVar[str] = "kl"
    description: ClassVar[str] = "CIFAR-10 by VAEs, GANs and their hybrids, on WGAN's networks"
    image_shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    printed: ClassVar[tuple[Printed, ...]] = (
        *images.PRINTED,
        *images.PRINTED_OF_PHOTOGRAPHS,
        Printed("iterations", "200,000", "whole epochs", here="199,936"),
    )

    @property
    def criterion(self) -> Criterion:
        """See `Preset.criterion`: each model has an objective of its own."""
        return kinds.criterion(self)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Read the images as TensorFlow Datasets has prepared them, pixels in [0, 1]."""
        if split == "train":
            split = f"train[:{self.num_examples}]"
        return data.load("cifar10", split, batch_size=self.batch_size, seed=seed, data_dir=data_dir)

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return what the constructors of any of the models take, by argument name."""
        return images.parts(self, images.WGAN)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        return images.build(self, self.networks(), seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return images.compile_arguments(self)
