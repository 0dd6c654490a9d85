"""A critic that estimates a log density ratio, and bounds every divergence from below by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from kfdiv import divergences, random
from kfdiv.evaluation.critic_training import CriticTraining
from kfdiv.evaluation.spread import Spread
from kfdiv.losses import fenchel
from kfdiv.models import GenerativeModel
from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Bound, Expectation, Losses


class RatioCritic(CriticTraining):
    """Trains a critic v towards log p/q, by the logistic loss, under noise on both sides.

    `D_f(P || Q) >= E_P[f'(e^v)] - E_Q[f*(f'(e^v))]` holds for any v, and is tight at `v = log p/q`.
    Fenchel's bound of the divergence itself, as a loss, has exponentials in it that learn slowly
    or not at all where P and Q lie apart; the logistic loss has the same optimum for every f.

    Source: the bound, Nowozin et al. 2016, eq. 6; the loss, Goodfellow et al. 2014, eq. 1. Poole et
    al. 2019, "On variational bounds of mutual information", measure KL so, by a critic trained on
    Jensen-Shannon.

    Args:
        model: whose draws are judged; it is left as it is.
        critic: a built network from y to one output.
        spread: the noise.
        seed: of the draws.
    """

    new_draws: ClassVar[bool] = True

    def __init__(
        self, model: GenerativeModel, critic: keras.Model, spread: Spread, seed: int
    ) -> None:
        super().__init__(model, critic, seed)
        self._spread = spread
        self.limits = self.add_weight(
            name="limits",
            shape=(2,),
            dtype="float32",
            trainable=False,
            initializer=lambda shape, dtype: tf.constant([-np.inf, np.inf], dtype),
        )
        # Traced once, however often the limits are set.
        self._traced_scores = tf.function(self.scores, autograph=False, reduce_retracing=True)

    def draws(self, x: tf.Tensor, seed: tf.Tensor) -> list[tf.Tensor]:
        """Return x and as many draws of the model, both noised."""
        sides = enumerate(super().draws(x, seed))
        return [self._spread.draw(side, random.fold(seed, 3 + k)) for k, side in sides]

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return minus the bound on Jensen-Shannon, the logistic loss up to a constant."""
        scores = self.scores(batch.x, seed, training=True)
        on_data, on_model = fenchel.lower_bound(divergences.get("js"), *scores)
        return Losses({"critic": Expectation(-on_data, -on_model)})

    def limit(self, dataset: tf.data.Dataset, rank: int) -> None:
        """Bound the critic by what it says of draws of its own, which do not judge it.

        f'(e^v) may grow without end as v rises. A rare draw of Q with a large v, or of P with a
        small one, could then decide the bound, and if none came it would lie too high and its
        standard error would not tell. So v is cut off at the `rank`-th largest value on Q, and at
        the `rank`-th smallest on P: some of the draws that judge lie beyond, too.

        Args:
            dataset: finite, batches x, without noise.
            rank: at least 1, at most the number of examples.
        """
        draw = self.scores if self.run_eagerly else self._traced_scores
        base = random.seed(self.seed, "critic/limits", self.step.value)
        found = [draw(x, random.fold(base, k), False) for k, x in enumerate(dataset)]
        on_data, on_model = (np.sort(np.concatenate(side)) for side in zip(*found, strict=True))
        low, high = on_data[rank - 1], on_model[-rank]
        # A critic that tells the two apart completely has nothing between, but says as much.
        self.limits.assign([min(low, high), max(low, high)])

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the bound by the critic within its limits."""
        divergence = self.compiled_options.divergence
        on_data, on_model = (
            tf.clip_by_value(v, *tf.unstack(tf.cast(self.limits.value, v.dtype)))
            for v in self.scores(batch.x, seed, training=False)
        )
        sides = divergence.f_prime(on_data), -divergence.conjugate_of_f_prime(on_model)
        return Bound("lower", Expectation(*sides))
