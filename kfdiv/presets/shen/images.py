"""What the three experiments on images of Shen et al. 2020 share."""

from __future__ import annotations

import abc
import dataclasses
from typing import ClassVar

import keras

from kfdiv import distributions
from kfdiv.presets.shen.bidirectional import ALL, Bidirectional


@dataclasses.dataclass(frozen=True, kw_only=True)
class Images(Bidirectional, abc.ABC):
    """A Gaussian encoder and an implicit generator, one update of every network a batch.

    `clip=0.5` is the paper's for a divergence alone (appendix D); "all" has nothing to clip.

    Args:
        stochastic: the generator takes noise in every layer, and the encoder is a diagonal
            Gaussian; else both are deterministic, and "all" is the paper's AGE-ALL(d).
        latent_size: how many latents.
        base_filters: scales generator and critic, and the encoder where it is no ResNet.
        critic_units: of the critic's dense layers.
    """

    critic_steps: int = 1
    stochastic: bool = True
    latent_size: int
    base_filters: int
    critic_units: int = 1024

    default_divergence: ClassVar[str] = ALL
    value_range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    @abc.abstractmethod
    def generator(self) -> keras.Model:
        """Return the untrained generator, with noise inputs if it is `stochastic`."""

    @abc.abstractmethod
    def critic(self) -> keras.Model:
        """Return the untrained critic of [x, z]."""

    @abc.abstractmethod
    def encoder(self, output_size: int) -> keras.Model:
        """Return the untrained encoder."""

    def networks(self) -> dict[str, keras.layers.Layer]:
        """See `Bidirectional.networks`."""
        outputs = self.latent_size
        generate, infer = distributions.Deterministic, distributions.Deterministic
        if self.stochastic:
            outputs *= 2
            generate, infer = distributions.Implicit, distributions.Normal
        return {
            "decoder": generate(self.generator()),
            "critic": self.critic(),
            "encoder": infer(self.encoder(outputs)),
        }
