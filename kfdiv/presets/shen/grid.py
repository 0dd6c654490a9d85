"""Sections 5.1 and 5.2 of Shen et al. 2020: Gaussians on a grid, some of them rare.

Multilayer perceptrons on the plane, two latents. All critic steps of an update see the same
examples with new latents, as in the authors' program; the paper's algorithm 1 draws new ones for
each: `split_batch=True` with a batch of as many times 500, so of 15,500 at 30 critic steps and of
3,000 at five.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data, distributions, models, networks
from kfdiv.presets.preset import Preset
from kfdiv.presets.printed import Printed
from kfdiv.presets.registry import registry
from kfdiv.presets.shen import adversarial, objectives
from kfdiv.presets.shen.objectives import Objective


def perceptrons(units: int, critic_units: int, gaussian: bool) -> dict[str, keras.layers.Layer]:
    """Return the untrained decoder, critic and encoder by these names.

    The encoder has three and the decoder two hidden layers, with batch normalisation; the critic
    three modules of two layers.

    Args:
        units: of the encoder's and the decoder's layers.
        critic_units: of the critic's.
        gaussian: encoder and decoder are diagonal Gaussians; else they are deterministic.
    """
    kind = distributions.Normal if gaussian else distributions.Deterministic
    outputs = 4 if gaussian else 2
    encoder = networks.mlp(2, [units] * 3, outputs, batch_norm=True)
    decoder = networks.mlp(2, [units] * 2, outputs, batch_norm=True)
    critic = networks.joint_critic(2, 2, [critic_units] * 2)
    return {"decoder": kind(decoder), "critic": critic, "encoder": kind(encoder)}


PRINTED = (
    Printed("batch_size", 500),
    Printed("critic_learning_rate", 1e-4),
    Printed("learning_rate", 5e-5),
    Printed("decay", False),
    Printed("units", 500),
    Printed("critic_units", 400),
    Printed("clip", 0.0),
    Printed(
        "split_batch",
        True,
        "algorithm 1 draws new data for every move of the critic; the authors' program reuses the "
        "batch",
    ),
    Printed("beta_1 of Adam", None, "not given; the authors' program", here="0"),
)


@registry.register("shen/grid9")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Grid9(Preset):
    """Nine Gaussians, four of them rare; Gaussian networks, so that the VAE's loss is known.

    The paper's: `critic_steps` = 30, batches of 500. Its authors' program: 300 epochs.

    Settings: `kfdiv.presets.shen.objectives.Objective`, `adversarial.Settings` and `perceptrons`
    say what they are.

    Source: Shen et al. 2020, section 5.1, table 3, appendix E.1.

    Example:
        >>> import kfdiv
        >>> kfdiv.presets.get("shen/grid9").model("kl").critic_steps
        30
    """

    epochs: int = 300
    batch_size: int = 500
    objective: str = "age"
    clip: float = 0.0
    critic_steps: int = 30
    critic_learning_rate: float = 1e-4
    learning_rate: float = 5e-5
    decay: bool = False
    units: int = 500
    critic_units: int = 400
    gaussian: bool = True
    split_batch: bool = False

    num_examples: ClassVar[int] = 52_000
    default_divergence: ClassVar[str] = "kl"
    description: ClassVar[str] = "nine Gaussians, Gaussian encoder and decoder, by any objective"
    printed: ClassVar[tuple[Printed, ...]] = (
        *PRINTED,
        Printed("critic_steps", 30),
        Printed("epochs", None, "not given; the authors' program has 300"),
    )

    @property
    def criterion(self) -> Objective:
        """See `Preset.criterion`."""
        return objectives.get(self.objective, self.default_divergence, self.clip)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Draw the mixture; no files are needed."""
        return data.load("grid9", split, batch_size=self.batch_size, seed=seed)

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return the untrained decoder, critic and encoder by these names."""
        return perceptrons(self.units, self.critic_units, self.gaussian)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        return self.criterion.model(**self.networks(), seed=seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return {**adversarial.compile_arguments(self), "split_batch": self.split_batch}


@registry.register("shen/grid25")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Grid25(Preset):
    """25 Gaussians, twelve of them rare; deterministic networks: which modes are lost?

    The paper's: `critic_steps` = 5, batches of 500, 30 epochs.

    Settings: `kfdiv.presets.shen.objectives.Objective`, `adversarial.Settings` and `perceptrons`
    say what they are.

    Source: Shen et al. 2020, section 5.2.1, table 4, figures 1 and 9, appendix E.1.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("shen/grid25", objective="hinge")
        >>> preset.steps_per_epoch, preset.divergence
        (272, 'total_variation')
    """

    epochs: int = 30
    batch_size: int = 500
    objective: str = "age"
    clip: float = 0.0
    critic_steps: int = 5
    critic_learning_rate: float = 1e-4
    learning_rate: float = 5e-5
    decay: bool = False
    units: int = 500
    critic_units: int = 400
    gaussian: bool = False
    split_batch: bool = False

    num_examples: ClassVar[int] = 136_000
    default_divergence: ClassVar[str] = "kl"
    description: ClassVar[str] = "25 Gaussians, deterministic networks, by any objective"
    printed: ClassVar[tuple[Printed, ...]] = (
        *PRINTED,
        Printed("critic_steps", 5),
        Printed("epochs", 30),
    )

    @property
    def criterion(self) -> Objective:
        """See `Preset.criterion`."""
        return objectives.get(self.objective, self.default_divergence, self.clip)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Draw the mixture; no files are needed."""
        return data.load("grid25", split, batch_size=self.batch_size, seed=seed)

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return the untrained decoder, critic and encoder by these names."""
        return perceptrons(self.units, self.critic_units, self.gaussian)

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        return self.criterion.model(**self.networks(), seed=seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        return {**adversarial.compile_arguments(self), "split_batch": self.split_batch}
