"""Sections 5.1 and 5.2 of Shen et al. 2020: Gaussians on a grid, some of them rare."""

from __future__ import annotations

import abc
import dataclasses
from typing import ClassVar

import keras
import tensorflow as tf

from kfdiv import data, distributions, networks
from kfdiv.presets.registry import registry
from kfdiv.presets.shen.bidirectional import Bidirectional


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grid(Bidirectional, abc.ABC):
    """Multilayer perceptrons on the plane, two latents.

    The encoder has three and the decoder two hidden layers of `units` = 500, with batch
    normalisation; the critic three modules of two layers of `critic_units` = 400. All critic steps
    of an update see the same examples with new latents, as in the authors' program; the paper's
    algorithm 1 draws new ones, as `compile(split_batch=True)` does.

    Args:
        units: of the encoder's and the decoder's layers.
        critic_units: of the critic's.
        gaussian: encoder and decoder are diagonal Gaussians; else they are deterministic.
    """

    units: int = 500
    critic_units: int = 400
    gaussian: bool

    data_name: ClassVar[str]

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Draw the mixture; no files are needed."""
        return data.load(self.data_name, split, batch_size=self.batch_size, seed=seed)

    def networks(self) -> dict[str, keras.layers.Layer]:
        """See `Bidirectional.networks`."""
        kind = distributions.Normal if self.gaussian else distributions.Deterministic
        outputs = 4 if self.gaussian else 2
        encoder = networks.mlp(2, [self.units] * 3, outputs, batch_norm=True)
        decoder = networks.mlp(2, [self.units] * 2, outputs, batch_norm=True)
        critic = networks.joint_critic(2, 2, [self.critic_units] * 2)
        return {"decoder": kind(decoder), "critic": critic, "encoder": kind(encoder)}


@registry.register("shen/grid9")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Grid9(Grid):
    """Nine Gaussians, four of them rare; Gaussian networks, so that the VAE's loss is known.

    The paper's: `critic_steps` = 30, batches of 500. Its authors' program: 300 epochs.

    Source: Shen et al. 2020, section 5.1, table 3, appendix E.1.

    Example:
        >>> import kfdiv
        >>> kfdiv.presets.get("shen/grid9").model("kl").critic_steps
        30
    """

    epochs: int = 300
    batch_size: int = 500
    critic_steps: int = 30
    gaussian: bool = True

    num_examples: ClassVar[int] = 52_000
    data_name: ClassVar[str] = "grid9"
    description: ClassVar[str] = "nine Gaussians, Gaussian encoder and decoder, by any objective"


@registry.register("shen/grid25")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Grid25(Grid):
    """25 Gaussians, twelve of them rare; deterministic networks: who forgets which modes?

    The paper's: `critic_steps` = 5, batches of 500, 30 epochs.

    Source: Shen et al. 2020, section 5.2.1, table 4, figures 1 and 9, appendix E.1.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("shen/grid25", objective="hinge")
        >>> preset.steps_per_epoch, preset.divergence
        (272, 'total_variation')
    """

    epochs: int = 30
    batch_size: int = 500
    critic_steps: int = 5
    gaussian: bool = False

    num_examples: ClassVar[int] = 136_000
    data_name: ClassVar[str] = "grid25"
    description: ClassVar[str] = "25 Gaussians, deterministic networks, by any objective"
