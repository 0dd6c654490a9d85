"""What an objective's critic is worth, for evaluations by a critic that begins afresh."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import keras
import tensorflow as tf

from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Bound, Expectation


class CriticValue(NamedTuple):
    """What a critic is worth on a batch.

    Attributes:
        loss: what it minimises, without the penalty: minus the value V of the minimax problem.
        penalty: on its slope; of no sides where there is none, or nothing is trained.
        bound: what `evaluate` would report by this critic.
    """

    loss: Expectation
    penalty: Expectation
    bound: Bound


@runtime_checkable
class HasCriticValue(Protocol):
    """An objective one of whose critics can be replaced, to see what another is worth.

    Its `valued_critic` names the attribute that holds it; without one it is `critic`.
    """

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic is worth, all other networks as they are in inference.

        Args:
            critic: a network of the inputs of the objective's own.
            batch: data.
            seed: int32, shape `(2,)`.
            training: passed on to the critic alone.
        """
