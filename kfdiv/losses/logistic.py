"""Logistic regression between data and model: the critic that estimates log(p/q)."""

from __future__ import annotations

import tensorflow as tf

from kfdiv.divergences import Divergence


def critic_losses(on_data: tf.Tensor, on_model: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return `log(1 + e^-v)` on data and `log(1 + e^v)` on the model; minimal at v = log(p/q).

    The sum of their means is at least `2 log 2 - 2 JS`, with equality at the minimum.
    Source: Shen et al., "Bidirectional generative modeling using adversarial gradient estimation",
    algorithm 1.

    Args:
        on_data: the critic's raw outputs v on draws of P.
        on_model: on draws of Q.

    Returns:
        The losses on data and on the model.

    Example:
        >>> from kfdiv.losses import logistic
        >>> [float(part) for part in logistic.critic_losses(tf.constant(0.0), tf.constant(1e4))]
        [0.6931, 10000.0]
    """
    return tf.math.softplus(-on_data), tf.math.softplus(on_model)


def lower_bound(
    divergence: Divergence, on_data: tf.Tensor, on_model: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return a, b with `D_f >= E_P[a] + E_Q[b]`: Fenchel's bound at `T = f'(e^v)`, for any v.

    It is tight at v = log(p/q). Source: Nguyen et al. 2010; Nowozin et al. 2016, eq. 4 and 5.

    Args:
        divergence: D_f.
        on_data: estimates v of log(p/q) on draws of P.
        on_model: on draws of Q.

    Returns:
        `f'(e^v)` on data, and `-f*(f'(e^v))` on the model.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.losses import logistic
        >>> a, b = logistic.lower_bound(divergences.get("rkl"), tf.constant(0.0), tf.constant(0.0))
        >>> float(a + b)
        0.0
    """
    return divergence.f_prime(on_data), -divergence.conjugate_of_f_prime(on_model)
