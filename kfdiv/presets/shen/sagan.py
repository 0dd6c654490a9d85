"""What CelebA and ImageNet share in Shen et al. 2020: the networks of appendix E.3."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, networks
from kfdiv.presets.shen.images import Images


@dataclasses.dataclass(frozen=True, kw_only=True)
class SAGAN(Images, abc.ABC):
    """Generator and critic after SAGAN, spectrally normalised; a ResNet-50 encoder.

    The encoder needs keras-cv, which is imported when the model is built. The paper leaves out the
    sizes of the critic's dense layers: two of `critic_units` = 1024 here.

    Args:
        encoder_filters: of the ResNet's first stack; the later ones have 2, 4 and 8 times as many.
        encoder_units: of the three hidden layers behind it.
    """

    num_examples: int
    encoder_filters: int = 64
    encoder_units: int

    # A data set of `kfdiv.data`, and what to ask of it.
    data_name: ClassVar[str]
    data_options: ClassVar[dict[str, Any]] = {}

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Read the images as TensorFlow Datasets has prepared them, 64 x 64, in [-1, 1]."""
        if split == "train":
            split = f"train[:{self.num_examples}]"
        return data.load(
            self.data_name,
            split,
            batch_size=self.batch_size,
            seed=seed,
            value_range=self.value_range,
            data_dir=data_dir,
            **self.data_options,
        )

    def generator(self) -> keras.Model:
        """Return that of table 11 (a)."""
        size = {"latent_size": self.latent_size, "base_filters": self.base_filters}
        return networks.sagan_generator(**size, noise=self.stochastic)

    def critic(self) -> keras.Model:
        """Return that of table 11 (b) and figure 7."""
        size = {"latent_size": self.latent_size, "base_filters": self.base_filters}
        return networks.sagan_critic(**size, units=[self.critic_units] * 2)

    def encoder(self, output_size: int) -> keras.Model:
        """Return a ResNet-50 with a head of four layers."""
        return networks.resnet_encoder(
            output_size=output_size,
            head_units=[self.encoder_units] * 3,
            filters=[self.encoder_filters * factor for factor in (1, 2, 4, 8)],
        )
