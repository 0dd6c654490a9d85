"""A fresh network, trained against a finished model: what evaluations by such a network share."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from kfdiv import divergences
from kfdiv.evaluation.network_training import NetworkTraining
from kfdiv.models import GenerativeModel, execution


@dataclasses.dataclass(frozen=True)
class Generator:
    """The model that is evaluated; in a dataclass, as Keras would track it as a part."""

    model: GenerativeModel


@dataclasses.dataclass(frozen=True)
class DivergenceOption:
    """What `compile` was told."""

    divergence: divergences.Divergence


class AgainstModel(NetworkTraining, abc.ABC):
    """Trains one network, the model fixed, by a divergence unless a subclass has other options.

    Args:
        model: whose draws, or decoder, the network is trained against; it is left as it is.
        seed: of the draws.
    """

    new_draws: ClassVar[bool] = False
    """Whether draws of an evaluation are new after every training, or the same in all of them."""

    def __init__(self, model: GenerativeModel, seed: int) -> None:
        super().__init__(seed=seed)
        self.event_shape = model.event_shape
        self._generator = Generator(model)

    def options(self, divergence: Any) -> DivergenceOption:
        """Check what `compile` was told.

        Args:
            divergence: D_f.
        """
        return DivergenceOption(divergences.get(divergence))

    def xla_compatible(self) -> bool:
        """Say whether the model's draws can be compiled by XLA, and pay for it."""
        model = self._generator.model
        return model.xla_compatible() and execution.pays_to_compile(model)

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if the data are not of the model's kind."""
        self._generator.model.check_data(dataset)

    def evaluation_seed(self, tag: str, count: tf.Tensor) -> tf.Tensor:
        """Return the seed of an evaluation draw after `count` examples."""
        if not self.new_draws:
            return super().evaluation_seed(tag, count)
        return self.draw_seed(f"evaluate/{tag}", tf.cast(count, tf.int32))
