"""Adversarial gradient estimation (AGE): gradients of D_f with log(p/q) from a logistic critic."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar

import tensorflow as tf

from kfdiv import divergences
from kfdiv.arguments import check_share
from kfdiv.divergences import Divergence
from kfdiv.losses.adversarial_loss import AdversarialLoss, registry
from kfdiv.losses.requirements import check_curvature

ALL = "all"


def encoder_loss(divergence: Divergence | None, on_data: tf.Tensor, clip: float = 0.0) -> tf.Tensor:
    """Return `s v` on data, whose gradient is that of D_f in the encoder; `s = u f''(u)` is fixed.

    Source: Shen et al., "Bidirectional generative modeling using adversarial gradient estimation",
    theorem 1 (eq. 7) and algorithm 1; clipping: section 3.2, where it is the ratio's (appendix D
    speaks of the scale's, which is another for JS and squared Hellinger).

    Args:
        divergence: D_f, or None for every divergence at once ("AGE-ALL"), `s = 1`.
        on_data: the critic's outputs v on data and their latents.
        clip: r0 in [0, 1]: the scale is that of u clipped to [r0, 1/r0]; 0 clips nothing.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.losses import adversarial_gradient
        >>> v = tf.math.log([0.25, 1.0])
        >>> rkl = divergences.get("rkl")  # s = 1/u
        >>> adversarial_gradient.encoder_loss(rkl, v, clip=0.5).numpy()
        array([-2.7726,  0.    ], dtype=float32)
    """
    if divergence is None:
        return on_data
    return tf.stop_gradient(divergence.curvature(_clipped(on_data, clip))) * on_data


def decoder_loss(
    divergence: Divergence | None, on_model: tf.Tensor, clip: float = 0.0
) -> tf.Tensor:
    """Return `-s v` on the model, whose gradient is that of D_f in the decoder; `s = u^2 f''(u)`.

    Source: as `encoder_loss`. The scale is the encoder's, of the dual at 1/u.

    Args:
        divergence: as of `encoder_loss`.
        on_model: the critic's outputs v on the model's draws and their latents.
        clip: as of `encoder_loss`.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.losses import adversarial_gradient
        >>> float(adversarial_gradient.decoder_loss(divergences.get("rkl"), tf.constant(-3.0)))
        3.0
    """
    if divergence is None:
        return -on_model
    scale = divergence.dual().curvature(-_clipped(on_model, clip))
    return -tf.stop_gradient(scale) * on_model


def _clipped(log_u: tf.Tensor, clip: float) -> tf.Tensor:
    if not clip:
        return log_u
    return tf.clip_by_value(log_u, math.log(clip), -math.log(clip))


@registry.register("age")
@dataclasses.dataclass(frozen=True)
class AdversarialGradient(AdversarialLoss):
    """A logistic critic, whose outputs encoder and decoder move by, scaled: `s v` and `-s v`.

    Args:
        divergence: whose scales s are taken; "all" takes one for s.
        clip: r0 in [0, 1], as of `encoder_loss`.

    Raises:
        ValueError: on a divergence without curvature, if r0 lies outside [0, 1], and if there are
            no scales to clip.

    Example:
        >>> float(AdversarialGradient("rkl").decoder_loss(tf.constant(-3.0)))
        3.0
    """

    divergence: Any = "kl"
    clip: float = 0.0

    takes_all: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if isinstance(self.divergence, str) and self.divergence.strip().lower() == ALL:
            object.__setattr__(self, "divergence", ALL)
        else:
            object.__setattr__(self, "divergence", divergences.get(self.divergence))
            check_curvature(self.divergence, "AGE")
        object.__setattr__(self, "clip", check_share("clip", self.clip))
        if self.clip and isinstance(self.divergence, str):
            raise ValueError(
                f"clip={self.clip:g} clips the scales of a divergence, and 'all' has none: they "
                "are one. Leave clip out, or name a divergence."
            )

    @property
    def bounded(self) -> Divergence:
        """The divergence; of "all" the logistic critic's own, Jensen-Shannon's."""
        return divergences.get("js") if isinstance(self.divergence, str) else self.divergence

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return the critic's outputs, scaled."""
        return encoder_loss(self._scaling(), on_data, self.clip)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return minus the critic's outputs, scaled."""
        return decoder_loss(self._scaling(), on_model, self.clip)

    def _scaling(self) -> Divergence | None:
        return None if isinstance(self.divergence, str) else self.divergence
