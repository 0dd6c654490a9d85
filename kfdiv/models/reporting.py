"""What is told of a step: its total loss, the logs, and the terms that must be finite."""

from __future__ import annotations

import keras
import tensorflow as tf

from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Expectation
from kfdiv.models.gradients import Gradients
from kfdiv.models.roles import Update


def total_loss(update: Update, taken: Gradients) -> tf.Tensor:
    """Return the sum of the roles' losses, this replica's share, a scalar.

    Args:
        update: who moved.
        taken: their gradients.
    """
    # Roles that share a loss count it once.
    losses = {id(taken.losses.of.get(role, role)): role for role in reversed(taken.values)}
    total = tf.add_n([taken.values[role] for role in reversed(losses.values())])
    added = _added(update, taken).values()
    return total + (tf.add_n([tf.cast(one, total.dtype) for one in added]) if added else 0.0)


def terms(update: Update, taken: Gradients, batch: Batch) -> dict[str, tf.Tensor]:
    """Return what must be finite, by name, causes before effects.

    Args:
        update: who moved.
        taken: their gradients.
        batch: all the examples of the step.
    """
    # A rectifier may turn a NaN of the data into zero, so that no loss shows it. The sum takes a
    # third of the time of a look at each value; it overflows only where losses do, too.
    found = {"data (x)": tf.reduce_sum(batch.x, axis=0)}
    # A label out of range is NaN, which not every network lets through to its loss.
    if batch.condition is not None:
        found["condition (labels out of range?)"] = batch.condition
    if batch.weight is not None:
        found["weights (below zero?)"] = batch.weight
    found |= taken.losses.terms
    found |= {f"{role} loss": value for role, value in taken.values.items()}
    added = _added(update, taken).items()
    return found | {f"what layers add to the {role} loss": value for role, value in added}


def logs(taken: Gradients) -> dict[str, Expectation]:
    """Return the figures of the logs; one that is a role's loss includes what its layers add.

    Args:
        taken: the gradients of who moved.
    """
    found = dict(taken.losses.logs)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    for role, added in taken.added.items():
        name = f"{role}_loss"
        if name in found:
            data, model = found[name]
            added *= replicas
            if model is None:
                found[name] = Expectation(data + tf.cast(added, data.dtype))
            else:
                found[name] = Expectation(data, model + tf.cast(added, model.dtype))
    return found


def track(tracker: keras.metrics.Mean, value: Expectation, batch: Batch) -> None:
    """Add an expectation over a batch to a running mean.

    Args:
        tracker: the running mean.
        value: sampled on the batch.
        batch: its weights are those of the data's values.
    """
    if value.model is None:
        # A value of weight zero takes no part, even where it is not finite.
        tracker.update_state(batch.masked(value.data), sample_weight=batch.weight)
        return
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    mean = value.mean(batch) * replicas
    if replicas > 1:
        # Of the last batch of an evaluation there may be nothing left for this replica.
        mean = tf.where(batch.size > 0, mean, tf.zeros_like(mean))
    # By what the batch holds, or a last, smaller one would count for as much as a whole one.
    tracker.update_state(mean, sample_weight=batch.mass)


def _added(update: Update, taken: Gradients) -> dict[str, tf.Tensor]:
    """Return what layers add to the losses of the roles that moved."""
    return {role: taken.added[role] for role in update.roles if role in taken.added}
