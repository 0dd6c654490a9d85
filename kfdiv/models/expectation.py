"""What objectives estimate: expectations over data and over the model, sampled on a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf

from kfdiv.models.batch import Batch

NOTHING: Mapping = {}
# What the logs call bounds on a divergence, and on which side of it they are.
BOUND_KINDS = {"bound": "upper", "lower_bound": "lower"}


class Expectation(NamedTuple):
    """`E_P[data] + E_Q[model]`, a value for each draw; a side that is None is zero.

    Attributes:
        data: values on examples of the batch, shape `(batch,)`: of all that looks at an example,
            a penalty between it and a draw, too. The batch's weights are weights of these.
        model: values on draws of the model alone, shape `(draws,)`.
    """

    data: tf.Tensor | None = None
    model: tf.Tensor | None = None

    def plus(self, other: Expectation) -> Expectation:
        """Return the sum of both, side by side.

        Example:
            >>> Expectation(tf.ones(2)).plus(Expectation(model=tf.zeros(3))).model.shape
            TensorShape([3])
        """
        pairs = zip(self, other, strict=True)
        return Expectation(*(b if a is None else a if b is None else a + b for a, b in pairs))

    def told(self) -> Expectation:
        """Return the same as a figure to be told, not to be differentiated."""
        return Expectation(*(None if side is None else tf.stop_gradient(side) for side in self))

    def mean(self, batch: Batch) -> tf.Tensor:
        """Return this replica's share of the sampled expectation, a scalar.

        Keras's optimizers sum gradients over replicas, and the shares sum to the mean over the
        global batch.
        """
        sides = []
        if self.data is not None:
            sides.append(batch.mean(self.data))
        if self.model is not None:
            count = tf.shape(self.model)[0]
            weight, total = batch.model_weight(count), None
            if weight is not None and batch.total is not None:
                total = batch.total * tf.cast(count, batch.total.dtype)
                total /= tf.cast(batch.size, batch.total.dtype)
            sides.append(Batch(self.model, weight=weight, total=total).mean(self.model))
        return sides[0] if len(sides) == 1 else sides[0] + sides[1]


class Losses(NamedTuple):
    """What the roles of an update minimise, and what is told of it.

    Attributes:
        of: the loss of every role that moves, by the role's name. Roles with the same loss have the
            same object, whose gradients are taken together.
        logs: further figures of the training logs, of `Objective.log_names`.
        terms: parts of the losses by name, in the order in which they are computed: the first that
            is not finite is named when training breaks off.
    """

    of: Mapping[str, Expectation]
    logs: Mapping[str, Expectation] = NOTHING
    terms: Mapping[str, tf.Tensor] = NOTHING


@dataclasses.dataclass(frozen=True)
class Bound:
    """What `evaluate` reports: a bound on the divergence in nats, or another figure by its name.

    Args:
        kind: "upper" or "lower", of the divergence between data and model. Any other kind is the
            figure's name in the logs, and bounds no such divergence: "negative_elbo", which is at
            least the entropy of the data; "wasserstein", a distance in the units of x.
        value: `E_P[data] + E_Q[model]`.
        loss: what training minimises, where that is something else.
        logs: as those of `Losses`.
    """

    kind: str
    value: Expectation
    loss: Expectation | None = None
    logs: Mapping[str, Expectation] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the logs call it."""
        names = {kind: name for name, kind in BOUND_KINDS.items()}
        return names.get(self.kind, self.kind)
