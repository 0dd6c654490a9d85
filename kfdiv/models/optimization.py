"""Several optimizers, each on its own variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf


class Player(NamedTuple):
    """An optimizer, the variables that are its own, and whether it descends or ascends the loss.

    A frozen network's has no variables, and no optimizer.
    """

    optimizer: keras.optimizers.Optimizer | None
    variables: Sequence[keras.Variable]
    ascends: bool = False

    def scale(self, loss: tf.Tensor) -> tf.Tensor:
        """Return the loss as the optimizer wants it differentiated."""
        return loss if self.optimizer is None else self.optimizer.scale_loss(loss)


def get_optimizer(identifier: Any, default: Callable[[], keras.optimizers.Optimizer]) -> Any:
    """Return an optimizer of its own for one network.

    Args:
        identifier: None, a Keras optimizer, its name, or its config.
        default: makes the optimizer when `identifier` is None.

    Returns:
        An optimizer that no network uses yet; one that does is cloned, since its slots fit one list
        of variables.

    Example:
        >>> get_optimizer("adam", keras.optimizers.SGD).name
        'adam'
    """
    optimizer = default() if identifier is None else keras.optimizers.get(identifier)
    if optimizer.built:
        optimizer = type(optimizer).from_config(optimizer.get_config())
    if keras.config.dtype_policy().name == "mixed_float16" and not isinstance(
        optimizer, keras.optimizers.LossScaleOptimizer
    ):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def gradients(
    loss_function: Callable[[], tf.Tensor], players: Sequence[Player]
) -> tuple[tf.Tensor, list[list[tf.Tensor | None]]]:
    """Return the loss and each player's gradients of it, scaled as its optimizer expects.

    Args:
        loss_function: returns the scalar loss, already divided by the global batch size, because
            Keras's optimizers sum gradients over replicas.
        players: whose gradients.

    Returns:
        The loss, and for each player one gradient a variable, None where there is no path.
    """
    scaled = any(
        isinstance(player.optimizer, keras.optimizers.LossScaleOptimizer) for player in players
    )
    variables = [[variable.value for variable in player.variables] for player in players]
    with tf.GradientTape(persistent=scaled, watch_accessed_variables=False) as tape:
        tape.watch(variables)
        loss = loss_function()
        # Each optimizer may keep a loss scale of its own, so each needs a target of its own.
        targets = [player.scale(loss) for player in players] if scaled else [loss]
    if not scaled:
        return loss, tape.gradient(loss, variables)
    pairs = zip(targets, variables, strict=True)
    return loss, [tape.gradient(target, own) for target, own in pairs]


def apply(players: Sequence[Player], grads: Sequence[Sequence[tf.Tensor | None]]) -> None:
    """Move every player along its gradients, down the loss or up.

    Nothing moves before every gradient is there. Without that, some graphs of a step in a loop had
    a layer move otherwise than eager steps and XLA, by what a gradient at moved weights would give.
    """
    for player, own in zip(players, _together(grads), strict=True):
        if player.optimizer is None:
            continue
        if player.ascends:
            own = [None if gradient is None else -gradient for gradient in own]
        player.optimizer.apply(own, player.variables)


def _together(grads: Sequence[Sequence[tf.Tensor | None]]) -> list[list[tf.Tensor | None]]:
    present = [gradient for gradient in tf.nest.flatten(grads) if gradient is not None]
    found = iter(tf.tuple(present) if present else present)
    return [[None if g is None else next(found) for g in own] for own in grads]


def minimize(loss_function: Callable[[], tf.Tensor], players: Sequence[Player]) -> tf.Tensor:
    """Take one step of every player on the same loss, all gradients taken before any moves.

    Args:
        loss_function: as of `gradients`.
        players: who moves, and by which optimizer.

    Returns:
        The loss before the step.
    """
    loss, grads = gradients(loss_function, players)
    apply(players, grads)
    return loss


def batch_mean(values: tf.Tensor) -> tf.Tensor:
    """Return this replica's share of the mean of `values` over the global batch.

    Keras's optimizers sum gradients over replicas; the shares sum to the mean over the global
    batch, which `fit` has checked to be split evenly.

    Args:
        values: per-example losses of shape `(batch,)`.

    Returns:
        A scalar, `sum(values) / global batch`.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return tf.reduce_mean(values) / replicas
