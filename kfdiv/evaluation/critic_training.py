"""A fresh critic, trained against a finished model: what evaluations by critics share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences, networks, random
from kfdiv.evaluation.against_model import AgainstModel
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.seeding import draw_weights
from kfdiv.losses import fenchel
from kfdiv.models import GenerativeModel, checks
from kfdiv.models.batch import Batch
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role


class CriticTraining(AgainstModel):
    """Trains a critic v, and nothing else, to ascend Fenchel's bound, the model fixed.

    `D_f(P || Q) >= E_P[g_f(v)] - E_Q[f*(g_f(v))]`, P the data and Q the model's draws.

    Args:
        model: whose draws are judged; it is left as it is.
        critic: a built network from x to one output.
        seed: of the draws.
    """

    roles: ClassVar[tuple[Role, ...]] = (Role("critic", keyword="optimizer"),)
    evaluation_tag: ClassVar[str] = "critic"

    def __init__(self, model: GenerativeModel, critic: keras.Model, seed: int) -> None:
        super().__init__(model, seed)
        self.critic = checks.check_critic(critic, self.event_shape, None)

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return minus the bound, against new draws of the model."""
        on_data, on_model = self._sides(batch, seed, training=True)
        return Losses({"critic": Expectation(-on_data, -on_model)})

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the bound."""
        return Bound("lower", Expectation(*self._sides(batch, seed, training=False)))

    def estimate(self, dataset: Any) -> Estimate:
        """Return the bound on a whole data set."""
        return self.measured(dataset, "lower_bound")

    def scores(self, x: tf.Tensor, seed: tf.Tensor, training: bool) -> list[tf.Tensor]:
        """Return the critic's raw outputs on x, and on as many draws of the model.

        Args:
            x: data, shape `(batch, *event_shape)`.
            seed: int32, shape `(2,)`.
            training: passed on to the critic.
        """
        return [score(self.critic, [side], training) for side in self.draws(x, seed)]

    def draws(self, x: tf.Tensor, seed: tf.Tensor) -> list[tf.Tensor]:
        """Return x, and as many draws of the model."""
        model = self._generator.model
        z = model.prior.draw(tf.shape(x)[0], random.fold(seed, 1))
        return [x, model.decoder.sample(z, random.fold(seed, 2), training=False)]

    def _sides(self, batch: Batch, seed: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the two sides of Fenchel's bound."""
        scores = self.scores(batch.x, seed, training)
        return fenchel.lower_bound(self.compiled_options.divergence, *scores)


def fresh_critic(event_shape: tuple[int, ...], seed: int) -> keras.Model:
    """Return an untrained critic of flattened x, three hidden layers of 64 units.

    Args:
        event_shape: of x.
        seed: of which alone its weights are a function.
    """
    network = networks.mlp(event_shape, [64] * 3, 1, activation="silu")
    draw_weights(network, seed)
    return network
