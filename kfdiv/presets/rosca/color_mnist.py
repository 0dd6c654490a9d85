"""The models of Rosca et al. 2018 on ColorMNIST."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, models, networks
from kfdiv.presets.criterion import Criterion
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.rosca import images, kinds
from kfdiv.presets.rosca.kinds import KINDS, Kind


@registry.register("rosca/color_mnist")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ColorMNIST(Preset):
    """ColorMNIST, that is stacked MNIST, by each of the paper's models, on the same networks.

    The paper's: the networks of Tables 6 to 8, latents of 10, 50 or 75, 100,000 iterations.
    `kfdiv.presets.rosca.images.Settings` says what else is the paper's, what is ours, and what the
    other settings are.

    Args:
        source: of the digits: "mnist", "fashion_mnist", or "digits", which needs no files.
        num_examples: how many images are stacked of them.
        dropout: of the critic of data; the paper's DCGAN has 0.8, if that is not the share kept.

    Raises:
        ValueError: if the model, the source or the observation is another, or a setting is not for
            the model.

    Source: Rosca et al. 2018, sections 4.2 and 6.4, appendices B and K.

    Example:
        >>> import kfdiv
        >>> small = {"base_filters": 2, "critic_filters": 1, "code_units": 8}
        >>> preset = kfdiv.presets.get("rosca/color_mnist", model_name="aae_gan", **small)
        >>> preset.epochs * preset.steps_per_epoch, preset.divergence
        (100000, 'aae_gan')
        >>> preset.model().event_shape
        (28, 28, 3)
    """

    epochs: int = 50
    batch_size: int = 64
    steps_per_execution: int = 20
    num_examples: int = 128_000
    model_name: str = "vae"
    source: str = "mnist"
    observation: str = "bernoulli"
    latent_size: int = 50
    base_filters: int = 32
    critic_filters: int = 8
    code_units: int = 1_000
    head_units: int = 512
    dropout: float = 0.0
    adaptive_contrast: bool = False
    moment_draws: int | None = None
    split_batch: bool = False
    learning_rate: float | None = None
    critic_learning_rate: float | None = None
    code_critic_learning_rate: float | None = None
    reconstruction_weight: float = 1.0
    marginal_weight: float = 1.0

    default_divergence: ClassVar[str] = "kl"
    description: ClassVar[str] = "ColorMNIST by VAEs, GANs and their hybrids, on the same networks"
    image_shape: ClassVar[tuple[int, int, int]] = (28, 28, 3)
    printed: ClassVar[tuple[Printed, ...]] = (
        *images.PRINTED,
        Printed("base_filters", 32),
        Printed("critic_filters", 8),
        Printed("iterations", "100,000", here="100,000"),
        Printed(
            "num_examples",
            60_000,
            "N of table 2; more stacks of the same digits, as many as Shen et al. have",
        ),
        Printed("latent_size", "10, 50 or 75", "that of tables 1, 2 and 4"),
        Printed(
            "dropout",
            "0.8 in DCGAN",
            "the other models have none; whether it is the share dropped or kept is not said",
        ),
    )

    @property
    def kind(self) -> Kind:
        """What the paper says of the model."""
        return KINDS[self.model_name]

    @property
    def criterion(self) -> Criterion:
        """See `Preset.criterion`: each model has an objective of its own."""
        return kinds.criterion(self)

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

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return what the constructors of any of the models take, by argument name."""
        critic = functools.partial(networks.rosca_critic, dropout=self.dropout)
        architecture = images.Architecture(networks.rosca_generator, networks.rosca_encoder, critic)
        return images.parts(self, architecture)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        return images.build(self, self.networks(), seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return images.compile_arguments(self)
