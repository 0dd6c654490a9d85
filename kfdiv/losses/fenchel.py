"""Fenchel's lower bound: f-GAN."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import tensorflow as tf

from kfdiv import divergences
from kfdiv.divergences import Divergence
from kfdiv.losses.adversarial_loss import AdversarialLoss, Pair, registry
from kfdiv.losses.requirements import check_slope

DECODER_LOSSES = ("saturating", "alternative")


def lower_bound(
    divergence: Divergence, on_data: tf.Tensor, on_model: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return a, b with `D_f >= E_P[a] + E_Q[b]`, `a = g_f(v)`, `b = -f*(g_f(v))`.

    The critic ascends it; encoder and decoder descend it. Source: Nowozin et al. 2016, eq. 6;
    Zhang et al. 2019, eq. 13.

    Args:
        divergence: D_f, with its activation g_f and conjugate f*.
        on_data: the critic's raw outputs v on draws of P.
        on_model: on draws of Q.

    Returns:
        The two sides.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.losses import fenchel
        >>> kl = divergences.get("kl")
        >>> [float(side) for side in fenchel.lower_bound(kl, tf.constant(1.0), tf.constant(1.0))]
        [1.0, -1.0]
    """
    return divergence.output_activation(on_data), -divergence.conjugate_of_activation(on_model)


def alternative_decoder_loss(divergence: Divergence, on_model: tf.Tensor) -> tf.Tensor:
    """Return `-g_f(v)` on the model: the decoder seeks what the critic takes for data.

    It has the saturating loss's fixed points, and larger gradients where the critic wins. Source:
    Nowozin et al. 2016, section 3.2.

    Args:
        divergence: D_f.
        on_model: the critic's raw outputs v on draws of Q.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.losses import fenchel
        >>> float(fenchel.alternative_decoder_loss(divergences.get("kl"), tf.constant(2.0)))
        -2.0
    """
    return -divergence.output_activation(on_model)


@registry.register("fgan")
@dataclasses.dataclass(frozen=True)
class Fenchel(AdversarialLoss):
    """The critic ascends the bound at `T = g_f(v)`; encoder and decoder descend it.

    Args:
        divergence: D_f.
        decoder_form: "saturating", the bound's side, or "alternative", `-g_f(v)`.

    Raises:
        ValueError: on an unknown loss, naming the choices, and on an f that teaches no critic.

    Example:
        >>> float(Fenchel("kl").decoder_loss(tf.constant(1.0)))
        -1.0
    """

    divergence: Any = "kl"
    decoder_form: str = "saturating"

    estimates_log_ratio: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "divergence", divergences.get(self.divergence))
        check_slope(self.divergence, "FGAN")
        if self.decoder_form not in DECODER_LOSSES:
            raise ValueError(
                f"decoder_loss must be one of {DECODER_LOSSES}, got {self.decoder_form!r}."
            )

    @property
    def bounded(self) -> Divergence:
        """The divergence."""
        return self.divergence

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return minus the bound."""
        return tuple(-side for side in self.own_bound(on_data, on_model))

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return the bound's side of data."""
        return self.divergence.output_activation(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return the bound's side of the model, or the alternative loss."""
        if self.decoder_form == "alternative":
            return alternative_decoder_loss(self.divergence, on_model)
        return -self.divergence.conjugate_of_activation(on_model)

    def own_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return the two sides of the bound."""
        return lower_bound(self.divergence, on_data, on_model)
