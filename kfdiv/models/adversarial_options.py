"""By which loss an adversarial objective is, and what else `compile` is told of it."""

from __future__ import annotations

import abc
import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from kfdiv import divergences, penalties
from kfdiv.losses import AdversarialLoss
from kfdiv.models import checks
from kfdiv.models.critic_model import CriticModel
from kfdiv.models.roles import Option


@dataclasses.dataclass(frozen=True)
class AdversarialOptions:
    """What `compile` was told.

    Args:
        loss: of critic, encoder and decoder.
        loss_options: what made it, by name.
        critic_steps: critic updates for each update of encoder and decoder.
        split_batch: whether every update sees a part of the batch of its own.
        penalty: on the critic's slope, or None.
    """

    loss: AdversarialLoss
    loss_options: Mapping[str, Any]
    critic_steps: int
    split_batch: bool
    penalty: penalties.Penalty | None = None


class WithAdversarialLoss(CriticModel, abc.ABC):
    """A model of one critic that is compiled for an `AdversarialLoss`.

    Options of the loss, of every such model, and the divergence that they make are its attributes.
    A subclass says which loss.

    Args:
        decoder: as of `GenerativeModel`.
        encoder: as of `GenerativeModel`.
        **kwargs: as of `GenerativeModel`.
    """

    split_batch = Option()
    penalty = Option()

    @abc.abstractmethod
    def adversarial_loss(self, divergence: Any = None) -> AdversarialLoss:
        """Return the loss that `compile` was told of.

        Its parameters are arguments of `compile`, and its docstring's `Args` their documentation.

        Raises:
            ValueError: on a divergence that it cannot minimise, and on options that are not its.
        """

    @classmethod
    def option_parameters(cls) -> list[inspect.Parameter]:
        """Return the parameters of the loss, and those of every adversarial objective."""
        own = list(inspect.signature(cls.adversarial_loss).parameters.values())[1:]
        shared = list(inspect.signature(cls.options).parameters.values())[1:-1]
        return [*own, *shared]

    @classmethod
    def option_documentation(cls) -> Sequence[str]:
        """Return the docstrings that say what the options are."""
        return (cls.adversarial_loss.__doc__ or "", cls.options.__doc__ or "")

    def options(
        self,
        *,
        critic_steps: int = 1,
        split_batch: bool = False,
        penalty: Any = None,
        **loss_options: Any,
    ) -> AdversarialOptions:
        """Check what `compile` was told.

        Args:
            critic_steps: critic updates for each update of encoder and decoder.
            split_batch: split the batch, a part for each critic update and one for encoder and
                decoder, instead of giving all of it to everyone.
            penalty: on the critic's slope: a name or an instance, as `kfdiv.penalties.get` takes
                it, or None. A critic with batch normalisation has no slope of its own at one
                example, and is refused.
            **loss_options: of `adversarial_loss`.
        """
        loss = self.adversarial_loss(**loss_options)
        critic_steps = checks.check_count("critic_steps", critic_steps)
        split_batch = checks.check_flag("split_batch", split_batch)
        penalty = penalties.get(penalty)
        if penalty is not None:
            penalty.check(loss)
            checks.check_penalized(self.critic, penalty)
        return AdversarialOptions(loss, loss_options, critic_steps, split_batch, penalty)

    def option_values(self) -> dict[str, Any]:
        """Return the options by name, checked and resolved, as arguments of `compile`."""
        options = self.compiled_options
        # The loss's fields are what it made of them.
        fields = {
            one.name: getattr(options.loss, one.name) for one in dataclasses.fields(options.loss)
        }
        resolved = {name: fields.get(name, given) for name, given in options.loss_options.items()}
        shared = ("critic_steps", "split_batch", "penalty")
        return {**resolved, **{name: getattr(options, name) for name in shared}}

    @property
    def loss_of(self) -> AdversarialLoss:
        """The losses of critic, encoder and decoder."""
        return self.compiled_options.loss

    @property
    def divergence(self) -> divergences.Divergence:
        """The divergence that is minimised, or that the critic's loss bounds."""
        return self.loss_of.bounded

    @divergence.setter
    def divergence(self, value: Any) -> None:
        self.change_options(divergence=value)

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        found = super().remedies()
        if self.penalty is None:
            found += ["keep the critic's slope low, compile(penalty='gradient')"]
        return found

    @property
    def splits_batch(self) -> bool:
        """Whether every update of a step sees a part of the batch instead of all of it."""
        return self.compiled_options.split_batch

    def check_training_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if batches cannot be split as they should."""
        if self.splits_batch:
            checks.check_minibatches(self, dataset, self.compiled_options.critic_steps + 1)
