"""The Wasserstein distance's loss: the critic's mean on data over that on the model."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import tensorflow as tf

from kfdiv.divergences import Divergence
from kfdiv.losses.adversarial_loss import AdversarialLoss, Pair


# Not among the losses by name, which presets offer beside divergences: this is none.
@dataclasses.dataclass(frozen=True)
class Wasserstein(AdversarialLoss):
    """The critic ascends `E_P[v] - E_Q[v]`, which encoder and decoder descend.

    With slopes of at most one that is at most the Wasserstein-1 distance of P and Q, in the units
    of x. Source: Arjovsky et al. 2017, eq. 2; Gulrajani et al. 2017, section 2.2.

    Example:
        >>> float(Wasserstein().decoder_loss(tf.constant(2.0)))
        -2.0
    """

    estimates_log_ratio: ClassVar[bool] = False

    @property
    def bounded(self) -> Divergence:
        """None: raises an AttributeError."""
        raise AttributeError(
            "The Wasserstein distance is no f-divergence, so a model that minimises it has no "
            "`divergence`."
        )

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return `-v` on data and `v` on the model."""
        return tf.negative(on_data), tf.identity(on_model)

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return v."""
        return tf.identity(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return -v."""
        return tf.negative(on_model)

    def own_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return `v` and `-v`, in the units of x."""
        return tf.identity(on_data), tf.negative(on_model)

    def check_bound(self, divergence: Divergence) -> None:
        """Raise a ValueError: this critic says nothing of divergences."""
        raise ValueError(
            f"A Wasserstein critic says nothing of {divergence!r}. Leave the divergence out, or "
            "train with an objective whose critic is a classifier: kfdiv.models.AGE, RatioGAN or "
            "BiGAN."
        )
