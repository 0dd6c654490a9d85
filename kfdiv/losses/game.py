"""The losses of bidirectional GANs that are no f-divergence's own: a family by name.

A game gives the critic's two losses and the losses of encoder and decoder; each side sees the
critic's raw output v, high on data.
"""

from __future__ import annotations

import abc

import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import logistic
from kfdiv.registry import Registry

registry = Registry("game")


class Game(abc.ABC):
    """What critic, encoder and decoder each minimise, as functions of the critic's raw outputs."""

    divergence: str = "js"
    """The divergence that the critic's loss bounds from below."""

    def lower_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return a, b with `divergence >= E_P[a] + E_Q[b]`."""
        return logistic.lower_bound(divergences.get(self.divergence), on_data, on_model)

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the critic's losses on data and on the model; logistic unless a game differs."""
        return logistic.critic_losses(on_data, on_model)

    @abc.abstractmethod
    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return the encoder's losses."""

    @abc.abstractmethod
    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return the decoder's losses."""


@registry.register("minimax", aliases=("gan",))
class Minimax(Game):
    """Encoder and decoder ascend the critic's own loss: 2 JS - log 4, at the critic's optimum.

    Source: Shen et al., section 4.2; Goodfellow et al. 2014.

    Example:
        >>> from kfdiv.losses import game
        >>> float(game.Minimax().decoder_loss(tf.constant(0.0)))
        -0.6931
    """

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return `-log(1 + e^-v)`."""
        return -tf.math.softplus(-on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return `-log(1 + e^v)`."""
        return -tf.math.softplus(on_model)


@registry.register("logd", aliases=("non_saturating",))
class LogD(Game):
    """Encoder and decoder descend the critic's loss with the labels swapped, which never saturates.

    Source: Goodfellow et al. 2014, section 3; Donahue et al. 2017.

    Example:
        >>> from kfdiv.losses import game
        >>> float(game.LogD().decoder_loss(tf.constant(-1e4)))
        10000.0
    """

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return `log(1 + e^v)`."""
        return tf.math.softplus(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return `log(1 + e^-v)`."""
        return tf.math.softplus(-on_model)


@registry.register("hinge")
class Hinge(Game):
    """The critic stops at a margin of one, and the others move its output (BigBiGAN).

    Source: Donahue and Simonyan 2019, section 2, without its unary terms (Shen et al., appendix
    E.3).

    Example:
        >>> from kfdiv.losses import game
        >>> on_data, on_model = tf.constant(0.5), tf.constant(-3.0)
        >>> [float(part) for part in game.Hinge().critic_losses(on_data, on_model)]
        [0.5, 0.0]
    """

    divergence = "total_variation"

    def lower_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return `min(1, v) / 2` and `min(1, -v) / 2`: at |v| = 1 the total variation's own bound.

        The mean of the two is at most that of `T = v` clipped to [-1, 1], halved.
        """
        return tuple(0.5 - 0.5 * loss for loss in self.critic_losses(on_data, on_model))

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return `max(0, 1 - v)` and `max(0, 1 + v)`."""
        return tf.nn.relu(1.0 - on_data), tf.nn.relu(1.0 + on_model)

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return v."""
        return tf.identity(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return -v."""
        return tf.negative(on_model)
