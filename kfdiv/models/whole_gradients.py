"""Gradients summed over replicas before an optimizer clips them, or asks if they are finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


def for_optimizer(
    optimizer: keras.optimizers.Optimizer, gradients: Sequence[tf.Tensor | None]
) -> list[tf.Tensor | None]:
    """Return what an optimizer is given on each replica, so that it moves by the whole gradient.

    Keras's optimizers clip what one replica has, its share of the gradient, and then sum over
    replicas; loss scaling looks at the first replica's share alone. So where there are several
    replicas, the sum is taken and clipped here, and each gives the optimizer an equal part of it,
    which no threshold touches any more.

    Args:
        optimizer: a role's.
        gradients: this replica's shares, one a variable, None where there is no path.

    Raises:
        ValueError: if what is clipped is no gradient of one step alone, or the parts of a
            `CompositeOptimizer` clip differently; where there are several replicas.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    inner = optimizer.inner_optimizer if scales else optimizer
    if replicas == 1:
        return list(gradients)
    clipping = _clipping(inner)
    if not (scales or clips(clipping)):
        return list(gradients)
    places = [place for place, one in enumerate(gradients) if one is not None]
    shares = [tf.convert_to_tensor(gradients[place]) for place in places]
    context = tf.distribute.get_replica_context()
    sums = context.all_reduce(tf.distribute.ReduceOp.SUM, shares) if shares else []
    # Gradients are of the scaled loss until the optimizer divides them.
    scale = optimizer.dynamic_scale.value if scales else inner.loss_scale_factor or 1.0
    clipped = _clipped(sums, clipping, scale)
    if scales:
        # Of an infinite number `clipvalue` makes a finite one, by which the optimizer would move:
        # it leaves a step out by what it finds in the gradient.
        clipped = [
            tf.where(tf.math.is_finite(one), new, one)
            for one, new in zip(sums, clipped, strict=True)
        ]
    whole = list(gradients)
    for place, one in zip(places, clipped, strict=True):
        whole[place] = one / replicas
    return whole


def _clipping(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return what says how gradients are clipped, or raise."""
    parts = getattr(optimizer, "optimizers", [optimizer])
    ways = {(part.clipnorm, part.global_clipnorm, part.clipvalue) for part in parts}
    if len(ways) > 1:
        raise ValueError(
            f"The parts of the optimizer {optimizer.name!r} clip gradients differently, which is "
            "not possible on several replicas. Let all of them clip alike, or none."
        )
    if clips(parts[0]) and any(part.gradient_accumulation_steps for part in parts):
        raise ValueError(
            f"The optimizer {optimizer.name!r} clips gradients that it accumulates, which is not "
            "possible on several replicas. Leave one of the two out."
        )
    return parts[0]


def clips(optimizer: keras.optimizers.Optimizer) -> bool:
    """Say whether an optimizer clips gradients.

    Example:
        >>> clips(keras.optimizers.SGD(global_clipnorm=1.0)), clips(keras.optimizers.SGD())
        (True, False)
    """
    return any((optimizer.clipnorm, optimizer.global_clipnorm, optimizer.clipvalue))


def _clipped(gradients: list[tf.Tensor], optimizer: Any, scale: Any) -> list[tf.Tensor]:
    """Clip as Keras does: of the three ways an optimizer has one at most."""
    if optimizer.clipnorm:
        return [tf.clip_by_norm(one, optimizer.clipnorm * scale) for one in gradients]
    if optimizer.global_clipnorm:
        return tf.clip_by_global_norm(gradients, optimizer.global_clipnorm * scale)[0]
    if optimizer.clipvalue:
        most = optimizer.clipvalue * scale
        return [tf.clip_by_value(one, -most, most) for one in gradients]
    return gradients
