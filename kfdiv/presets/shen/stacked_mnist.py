"""Section 5.2.2 of Shen et al. 2020: a thousand modes that can be counted."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import keras
import tensorflow as tf

from kfdiv import data, networks
from kfdiv.presets.registry import registry
from kfdiv.presets.shen.images import Images


@registry.register("shen/stacked_mnist")
@dataclasses.dataclass(frozen=True, kw_only=True)
class StackedMNIST(Images):
    """Stacked MNIST, eight latents, the DCGAN networks of tables 8 to 10.

    The paper's: 128,000 examples, batches of 64, 50 epochs, Adam at 1e-4 for everyone. Two cores
    take it for a day; `epochs`, and `base_filters` and `critic_units` for the networks, make it
    shorter.

    Args:
        source: of the digits: "mnist", "fashion_mnist", or "digits", which needs no files.

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
    num_examples: int = 128_000
    source: str = "mnist"
    learning_rate: float = 1e-4
    latent_size: int = 8
    base_filters: int = 64

    description: ClassVar[str] = "stacked MNIST, 1,000 modes, by any objective"

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

    def generator(self) -> keras.Model:
        """Return that of table 8."""
        size = {"latent_size": self.latent_size, "base_filters": self.base_filters}
        return networks.dcgan_generator(**size, noise=self.stochastic)

    def critic(self) -> keras.Model:
        """Return that of table 10."""
        size = {"latent_size": self.latent_size, "base_filters": self.base_filters}
        return networks.dcgan_critic(**size, units=self.critic_units)

    def encoder(self, output_size: int) -> keras.Model:
        """Return that of table 9."""
        return networks.dcgan_encoder(output_size=output_size, base_filters=self.base_filters)
