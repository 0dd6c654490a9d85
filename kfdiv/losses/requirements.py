"""Divergences that a loss cannot minimise, told before training."""

from __future__ import annotations

import tensorflow as tf

from kfdiv import divergences


def check_curvature(divergence: divergences.Divergence, objective: str) -> None:
    """Raise if f, or a term of it, is linear wherever smooth: its gradient in log u is zero.

    Args:
        divergence: D_f.
        objective: the class that needs it, for the error.
    """
    if isinstance(divergence, divergences.Scaled):
        check_curvature(divergence.divergence, objective)
    elif isinstance(divergence, divergences.Sum):
        for term in divergence.divergences:
            check_curvature(term, objective)
    elif not tf.reduce_any(divergence.curvature(tf.linspace(-2.0, 2.0, 9)) > 0):
        raise ValueError(
            f"{divergence!r} has no curvature, so its gradient by {objective} is zero everywhere. "
            "Use kfdiv.models.FGAN or RatioGAN for it, or another divergence."
        )


def check_slope(divergence: divergences.Divergence, objective: str) -> None:
    """Raise if the activation f'(e^v) is constant wherever smooth: no critic could learn.

    Args:
        divergence: D_f.
        objective: the class that needs it, for the error.
    """
    v = tf.linspace(-2.0, 2.0, 9)
    with tf.GradientTape() as tape:
        tape.watch(v)
        outputs = divergence.output_activation(v)
    if not tf.reduce_any(tape.gradient(outputs, v) != 0):
        raise ValueError(
            f"f' of {divergence!r} is constant between its kinks, so a critic v learns nothing "
            f"through f'(e^v), which {objective} plays. Use kfdiv.models.RatioGAN for it, or a "
            "registered divergence, whose activation is its own: 'total_variation'."
        )
