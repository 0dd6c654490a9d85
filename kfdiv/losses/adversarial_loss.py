"""What critic, encoder and decoder minimise before one another: a family by name."""

from __future__ import annotations

import abc
from typing import ClassVar

import tensorflow as tf

from kfdiv.divergences import Divergence
from kfdiv.losses import logistic
from kfdiv.registry import Registry

registry = Registry("adversarial loss")

Pair = tuple[tf.Tensor, tf.Tensor]


class AdversarialLoss(abc.ABC):
    """Losses of critic, encoder and decoder as functions of the critic's raw outputs v.

    v is high on data. All functions take and return float tensors of shape `(batch,)`, in nats. A
    member is a frozen dataclass whose fields are its options.
    """

    estimates_log_ratio: ClassVar[bool] = True
    """Whether v estimates log u, as a critic does that is fitted by logistic regression."""

    own_divergence: ClassVar[str | None] = None
    """The one divergence that the loss is for; None where it takes others."""

    takes_all: ClassVar[bool] = False
    """Whether the divergence may be "all"."""

    objective: ClassVar[str | None] = None
    """The registered objective that is compiled by it, where that has another name."""

    @property
    @abc.abstractmethod
    def bounded(self) -> Divergence:
        """The divergence that the critic's outputs bound from below."""

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return what the critic minimises: the mean of the first plus the mean of the second.

        Logistic regression, unless a member differs.

        Args:
            on_data: its raw outputs on pairs of data.
            on_model: on pairs of the model.
        """
        return logistic.critic_losses(on_data, on_model)

    @abc.abstractmethod
    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return what the encoder minimises."""

    @abc.abstractmethod
    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return what the decoder minimises."""

    def own_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return a, b with `D >= E_P[a] + E_Q[b]` for any outputs, D the divergence `bounded`."""
        return logistic.lower_bound(self.bounded, on_data, on_model)

    def lower_bound(
        self, on_data: tf.Tensor, on_model: tf.Tensor, divergence: Divergence | None = None
    ) -> Pair:
        """Return a, b with `D >= E_P[a] + E_Q[b]` for any outputs.

        Args:
            on_data: the critic's outputs on pairs of data.
            on_model: on pairs of the model.
            divergence: D, of which `check_bound` says whether it is possible; None is `bounded`.
        """
        if divergence is None or repr(divergence) == repr(self.bounded):
            return self.own_bound(on_data, on_model)
        return logistic.lower_bound(divergence, on_data, on_model)

    def check_bound(self, divergence: Divergence) -> None:
        """Raise a ValueError if the critic says nothing of this divergence."""
        if not self.estimates_log_ratio and repr(divergence) != repr(self.bounded):
            raise ValueError(
                f"This critic was fitted to a bound on {self.bounded!r} and does not estimate "
                f"log(p/q): it says nothing of {divergence!r}. Leave the divergence out, or train "
                "with an objective whose critic is a classifier: age, ratio_gan, minimax or logd."
            )
