"""A fresh critic by any adversarial loss, with a penalty on its slope: the Wasserstein critic."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from kfdiv import divergences, penalties, random
from kfdiv.data import inputs
from kfdiv.evaluation.critic_training import CriticTraining
from kfdiv.evaluation.estimate import Estimate
from kfdiv.losses import AdversarialLoss
from kfdiv.losses.wasserstein import Wasserstein
from kfdiv.models import checks
from kfdiv.models.batch import Batch
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.penalties.penalty import outputs_and_squared_slopes
from kfdiv.penalties.two_sided import points_between

WASSERSTEIN = "wasserstein"


@dataclasses.dataclass(frozen=True)
class LossOptions:
    """What `compile` was told.

    Args:
        loss: what the critic minimises.
        penalty: on its slope, or None.
        rising_steps: over which the penalty's weight rises from zero.
    """

    loss: AdversarialLoss
    penalty: penalties.Penalty | None
    rising_steps: int


class PenalizedCritic(CriticTraining):
    """Trains a critic v, and nothing else, by `loss.critic_losses` and a penalty, the model fixed.

    What is told of it is `loss.own_bound`, without the penalty: a bound on a divergence in nats,
    or of the Wasserstein loss `E_P[v] - E_Q[v]`, a distance in the units of x. `slope` is told
    beside it, the mean of `|dv/dx|` at points between data and draws: a two-sided penalty of weight
    10 allows the critic of a distance W about `1 + W / 20`.

    The penalty's weight rises at first, with the cube of the step. A two-sided one, whole from the
    start, holds a critic that happens to start downhill there, with slopes near one of the wrong
    sign: in one dimension for good, as they would have to pass zero.

    Args:
        model: whose draws are judged; it is left as it is.
        critic: a built network from x to one output.
        seed: of the draws.
    """

    log_names: ClassVar[tuple[str, ...]] = ("slope",)

    def options(
        self, loss: AdversarialLoss, penalty: Any = None, rising_steps: int = 1
    ) -> LossOptions:
        """Check what `compile` was told.

        Args:
            loss: what the critic minimises.
            penalty: on its slope, as `kfdiv.penalties.get` takes it, or None.
            rising_steps: over which the penalty's weight rises from zero.
        """
        penalty = penalties.get(penalty)
        if penalty is not None:
            penalty.check(loss)
            checks.check_penalized(self.critic, penalty)
        return LossOptions(loss, penalty, rising_steps)

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the critic's loss and its penalty, against new draws of the model."""
        options = self.compiled_options
        sides = [[side] for side in self.draws(batch.x, seed)]

        def critic(inputs: Sequence[tf.Tensor]) -> tf.Tensor:
            return score(self.critic, inputs, training=True)

        loss = Expectation(*options.loss.critic_losses(*map(critic, sides)))
        if options.penalty is not None:
            cost = options.penalty(critic, *sides, random.fold(seed, 3), options.loss)
            loss = loss.plus(risen(Expectation(*cost), self.step, options.rising_steps))
        return Losses({"critic": loss})

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the loss's own bound, and the slope beside it."""
        sides = [[side] for side in self.draws(batch.x, seed)]

        def critic(inputs: Sequence[tf.Tensor]) -> tf.Tensor:
            return score(self.critic, inputs, training=False)

        value = Expectation(*self.compiled_options.loss.own_bound(*map(critic, sides)))
        _, squared = outputs_and_squared_slopes(
            critic, points_between(*sides, random.fold(seed, 3))
        )
        return Bound(self._kind(), value, logs={"slope": Expectation(tf.sqrt(squared))})

    def estimate(self, dataset: Any) -> Estimate:
        """Return the bound on a whole data set."""
        kind = self._kind()
        return self.measured(dataset, "lower_bound" if kind == "lower" else kind)

    def slope(self, dataset: Any) -> float:
        """Return the mean of `|dv/dx|` between a whole data set and draws of the model."""
        return self.measured(dataset, "slope").value

    def between(self, dataset: Any, other: Any) -> Estimate:
        """Return the loss's bound of two data sets, the second in the place of the model's draws.

        Args:
            dataset: as an evaluation takes it.
            other: likewise.
        """
        (v, v_weight), (w, w_weight) = (self._outputs(one) for one in (dataset, other))
        on_dataset, _ = self.compiled_options.loss.own_bound(v, v)
        _, on_other = self.compiled_options.loss.own_bound(w, w)
        one, two = Estimate.of(on_dataset, v_weight), Estimate.of(on_other, w_weight)
        return Estimate(one.value + two.value, math.hypot(one.standard_error, two.standard_error))

    def _outputs(self, dataset: Any) -> tuple[tf.Tensor, np.ndarray | None]:
        """Return the critic's outputs on a whole data set, and the weights if there are any."""
        outputs, weights = [], []
        for batch in map(self.batch, inputs.first_pass(dataset)):
            outputs.append(score(self.critic, [batch.x], training=False))
            weights.append(batch.weight)
        return tf.concat(outputs, 0), None if weights[0] is None else np.concatenate(weights)

    def _kind(self) -> str:
        return WASSERSTEIN if isinstance(self.compiled_options.loss, Wasserstein) else "lower"


def risen(penalty: Expectation, step: keras.Variable, rising_steps: int) -> Expectation:
    """Return a penalty times `min(step / rising_steps, 1)^3`.

    Args:
        penalty: of both sides.
        step: how many were taken.
        rising_steps: after which it is whole.
    """

    def share(side: tf.Tensor) -> tf.Tensor:
        return side * tf.minimum(tf.cast(step, side.dtype) / rising_steps, 1.0) ** 3

    return Expectation(*(None if side is None else share(side) for side in penalty))
