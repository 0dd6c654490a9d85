"""Class-probability estimation: f of the ratio that a logistic critic estimates."""

from __future__ import annotations

import tensorflow as tf

from kfdiv.divergences import Divergence


def decoder_loss(divergence: Divergence, on_model: tf.Tensor) -> tf.Tensor:
    """Return `f(e^v)` on the model, whose mean estimates `D_f = E_Q[f(u)]`.

    Source: Mohamed and Lakshminarayanan 2016, section 3.1; Zhang et al. 2019, appendix F.

    Args:
        divergence: D_f.
        on_model: estimates v of log u = log(p/q) on draws of Q.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.losses import ratio
        >>> float(ratio.decoder_loss(divergences.get("rkl"), tf.constant(3.0)))
        -3.0
    """
    return divergence.f(on_model)


def encoder_loss(divergence: Divergence, on_data: tf.Tensor) -> tf.Tensor:
    """Return `f(e^v) / e^v` on data, whose mean estimates the same: `D_f = E_P[f(u) / u]`.

    Args:
        divergence: D_f.
        on_data: estimates v of log u on draws of P.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.losses import ratio
        >>> float(ratio.encoder_loss(divergences.get("kl"), tf.constant(3.0)))
        3.0
    """
    # f(u) / u is the generator of the dual at 1/u.
    return divergence.dual().f(-on_data)
