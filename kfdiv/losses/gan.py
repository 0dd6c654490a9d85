"""The losses of GANs that are no f-divergence's own: minimax, non-saturating and hinge."""

from __future__ import annotations

import abc
import dataclasses
from typing import ClassVar

import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses.adversarial_loss import AdversarialLoss, Pair, registry


class GANLoss(AdversarialLoss, abc.ABC):
    """A loss that has a divergence of its own, and no options."""

    own_divergence: ClassVar[str] = "js"
    objective: ClassVar[str] = "bigan"

    @property
    def bounded(self) -> divergences.Divergence:
        """The loss's own divergence."""
        return divergences.get(self.own_divergence)


@registry.register("minimax", aliases=("gan",))
@dataclasses.dataclass(frozen=True)
class Minimax(GANLoss):
    """Encoder and decoder ascend the critic's own loss: 2 JS - log 4, at the critic's optimum.

    Source: Shen et al., section 4.2; Goodfellow et al. 2014.

    Example:
        >>> from kfdiv.losses import gan
        >>> float(gan.Minimax().decoder_loss(tf.constant(0.0)))
        -0.6931
    """

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return `-log(1 + e^-v)`."""
        return -tf.math.softplus(-on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return `-log(1 + e^v)`."""
        return -tf.math.softplus(on_model)


@registry.register("logd", aliases=("non_saturating",))
@dataclasses.dataclass(frozen=True)
class NonSaturating(GANLoss):
    """Encoder and decoder descend the critic's loss with the labels swapped, which never saturates.

    Source: Goodfellow et al. 2014, section 3; Donahue et al. 2017.

    Example:
        >>> from kfdiv.losses import gan
        >>> float(gan.NonSaturating().decoder_loss(tf.constant(-1e4)))
        10000.0
    """

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return `log(1 + e^v)`."""
        return tf.math.softplus(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return `log(1 + e^-v)`."""
        return tf.math.softplus(-on_model)


@registry.register("hinge")
@dataclasses.dataclass(frozen=True)
class Hinge(GANLoss):
    """The critic stops at a margin of one, and the others move its output (BigBiGAN).

    Source: Donahue and Simonyan 2019, section 2, without its unary terms (Shen et al., appendix
    E.3).

    Example:
        >>> from kfdiv.losses import gan
        >>> on_data, on_model = tf.constant(0.5), tf.constant(-3.0)
        >>> [float(part) for part in gan.Hinge().critic_losses(on_data, on_model)]
        [0.5, 0.0]
    """

    own_divergence: ClassVar[str] = "total_variation"
    estimates_log_ratio: ClassVar[bool] = False

    def own_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return `min(1, v) / 2` and `min(1, -v) / 2`: at |v| = 1 the total variation's own bound.

        The mean of the two is at most that of `T = v` clipped to [-1, 1], halved.
        """
        return tuple(0.5 - 0.5 * loss for loss in self.critic_losses(on_data, on_model))

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return `max(0, 1 - v)` and `max(0, 1 + v)`."""
        return tf.nn.relu(1.0 - on_data), tf.nn.relu(1.0 + on_model)

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return v."""
        return tf.identity(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return -v."""
        return tf.negative(on_model)
