"""Each role's gradient of its own loss, all of them taken before anyone moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kfdiv import layer_losses
from kfdiv.models import whole_gradients
from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Expectation, Losses
from kfdiv.models.optimizer_group import OptimizerGroup
from kfdiv.models.roles import Role


class Gradients(NamedTuple):
    """What a step needs to move, and what is told of it.

    Attributes:
        of: by role, one gradient a variable, None where there is no path.
        values: by role, its loss; this replica's share.
        added: by role, what its layers added, of all roles whose networks were called.
        losses: what the objective returned.
    """

    of: dict[str, list[tf.Tensor | None]]
    values: dict[str, tf.Tensor]
    added: dict[str, tf.Tensor]
    losses: Losses


def take(
    model: keras.Model, roles: Sequence[Role], batch: Batch, losses: Callable[[], Losses]
) -> Gradients:
    """Differentiate every role's loss in its own variables alone.

    Roles that return the same loss share one backward pass. Where losses differ each is walked back
    by itself, which costs nothing more where their graphs are disjoint, as those of encoder and
    decoder before a critic are.

    Args:
        model: the objective.
        roles: those that move.
        batch: what the losses are averaged over.
        losses: returns them; called once, under the tape.
    """
    group: OptimizerGroup = model.optimizer
    variables = {
        role.name: [v.value for v in group.variables_of(role.name) if v.trainable] for role in roles
    }
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(variables)
        with layer_losses.collected() as collected:
            found = losses()
        means: dict[int, tf.Tensor] = {}
        values: dict[str, tf.Tensor] = {}
        # By the identity of the target: the roles that descend it, and with which sign.
        targets: dict[int, tuple[tf.Tensor, list[str]]] = {}
        added = {
            role.name: total / replicas
            for role in model.roles
            if (total := collected.total(role.layers(model), group.variables_of(role.name)))
            is not None
        }
        for role in roles:
            loss = found.of[role.name]
            if id(loss) not in means:
                means[id(loss)] = loss.mean(batch)
            mean = values[role.name] = means[id(loss)]
            parts = [mean]
            if role.name in added:
                own = tf.cast(added[role.name], mean.dtype)
                # Of one that ascends its loss, what its layers add is still a cost.
                parts.append(-own if role.ascends else own)
            optimizer = group.of(role.name)
            for part in parts:
                scaled = part if optimizer is None else optimizer.scale_loss(part)
                targets.setdefault(id(scaled), (scaled, []))[1].append(role.name)
    gradients: dict[str, list[tf.Tensor | None]] = {
        name: [None] * len(own) for name, own in variables.items()
    }
    for target, names in targets.values():
        own = [variables[name] for name in names]
        for name, new in zip(names, tape.gradient(target, own), strict=True):
            gradients[name] = [_add(a, b) for a, b in zip(gradients[name], new, strict=True)]
    return Gradients(gradients, values, added, found)


def choose(
    condition: tf.Tensor, first: Callable[[], Gradients], second: Callable[[], Gradients]
) -> Gradients:
    """Return `first()` where the condition holds, else `second()`; one of the two is computed."""
    kept: list[Gradients] = []

    def tensors(branch: Callable[[], Gradients]) -> tuple[Any, ...]:
        taken = branch()
        kept.append(taken)
        logs = {name: list(value) for name, value in taken.losses.logs.items()}
        return taken.of, taken.values, taken.added, dict(taken.losses.terms), logs

    of, values, added, terms, logs = tf.cond(
        condition, lambda: tensors(first), lambda: tensors(second)
    )
    # Which roles share a loss is the same in both.
    logs = {name: Expectation(*sides) for name, sides in logs.items()}
    return Gradients(of, values, added, Losses(kept[-1].losses.of, logs, terms))


def apply(model: keras.Model, roles: Sequence[Role], gradients: dict[str, list[Any]]) -> None:
    """Move every role along its gradients, down its loss or up.

    Nothing moves before every gradient is there. Without that, some graphs of a step in a loop had
    a layer move otherwise than eager steps and XLA, by what a gradient at moved weights would give.
    """
    group: OptimizerGroup = model.optimizer
    group.follow_steps()
    # Structures are rebuilt by position: tf.nest would sort the roles.
    flat = [gradient for role in roles for gradient in gradients[role.name]]
    present = [gradient for gradient in flat if gradient is not None]
    ready = iter(tf.tuple(present) if present else present)
    for role in roles:
        own = [None if g is None else next(ready) for g in gradients[role.name]]
        optimizer = group.of(role.name)
        if optimizer is None:
            continue
        if role.ascends:
            own = [None if gradient is None else -gradient for gradient in own]
        variables = [v for v in group.variables_of(role.name) if v.trainable]
        optimizer.apply(whole_gradients.for_optimizer(optimizer, own), variables)


def _add(a: tf.Tensor | None, b: tf.Tensor | None) -> tf.Tensor | None:
    if a is None or b is None:
        return b if a is None else a
    return tf.convert_to_tensor(a) + tf.convert_to_tensor(b)
