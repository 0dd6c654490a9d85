"""Fenchel's lower bound: f-GAN."""

from __future__ import annotations

import tensorflow as tf

from kfdiv.divergences import Divergence


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
