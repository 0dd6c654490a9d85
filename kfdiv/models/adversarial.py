"""What every objective of one critic shares: pairs of data and model, and who moves when."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences, penalties, random
from kfdiv.models import checks
from kfdiv.models.adversarial_options import WithAdversarialLoss
from kfdiv.models.batch import Batch
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.critics import draw_pairs, score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import OptimizerOf, Role

Pair = tuple[tf.Tensor, tf.Tensor]


class Adversarial(WithAdversarialLoss, abc.ABC):
    """A critic tells pairs of data from pairs of the model; encoder and decoder follow it.

    With an encoder the pairs are (x, z): data with z ~ q(z|x), against z ~ p(z) with x ~ p(x|z).
    Without one they are x alone. A subclass says which `AdversarialLoss` it is by.

    A step moves the critic `critic_steps` times, and then encoder and decoder once, both against
    the critic as it then stands. All of them see the step's batch, each time with new latents;
    `split_batch=True` gives every update data of its own (Shen et al., algorithm 1).

    The logs' `critic_loss` is all that the critic minimises, the penalty and what its layers add
    included, a mean over its updates; `critic_penalty` is the penalty's part of it, where there is
    one. `loss` is that of encoder and decoder.

    Args:
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        critic: a built network with one output: of x, or of [x, z] where there is an encoder; the
            condition, if there is one, comes last.
        encoder: q(z|x), any `ConditionalDistribution`, a built network, or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`.

    Raises:
        ValueError: if the networks' shapes do not fit one another, or draws are discrete.
    """

    roles: ClassVar[tuple[Role, ...]] = (
        Role("critic", learning_rate=1e-4, beta_1=0.0),
        Role("encoder", learning_rate=5e-5, beta_1=0.0),
        Role("decoder", ("decoder", "prior"), learning_rate=5e-5, beta_1=0.0),
    )
    log_names: ClassVar[tuple[str, ...]] = ("critic_loss", "critic_penalty")
    evaluation_tag: ClassVar[str] = "pairs"

    critic_optimizer = OptimizerOf("critic")
    encoder_optimizer = OptimizerOf("encoder")
    decoder_optimizer = OptimizerOf("decoder")

    def __init__(
        self,
        decoder: keras.layers.Layer,
        critic: keras.Model,
        encoder: keras.layers.Layer | None = None,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        self.check_draws()
        self.critic = self.pair_critic(critic)

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the critic's loss, or those of encoder and decoder."""
        pairs = self.pairs(batch, seed, training=True)
        on_data, on_model = (score(self.critic, pair, training=True) for pair in pairs)
        critic = Expectation(*self.loss_of.critic_losses(on_data, on_model))
        if "critic" in roles:
            cost = Expectation(*self._penalty(self.critic, *pairs, batch.condition, seed))
            loss = critic.plus(cost)
            logs = {"critic_loss": loss.told()}
            if self.compiled_options.penalty is not None:
                logs["critic_penalty"] = cost.told()
            return Losses({"critic": loss}, logs)
        critic = critic.told()
        terms = {
            "critic loss on data": batch.masked(critic.data),
            "critic loss on model": critic.model,
        }
        of = {"decoder": Expectation(model=self.loss_of.decoder_loss(on_model))}
        if self.encoder is not None:
            of["encoder"] = Expectation(data=self.loss_of.encoder_loss(on_data))
        return Losses(of, terms=terms)

    def train_logs(self) -> dict[str, tf.Tensor]:
        """Return the training metrics' values; of a penalty where there is one."""
        logs = super().train_logs()
        if self.compiled_options.penalty is None:
            del logs["critic_penalty"]
        return logs

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the critic's lower bound on a divergence.

        A critic that estimates log u bounds any; another the one that it was fitted to.
        """
        scores = self.scores(batch, seed, training=False)
        return Bound("lower", Expectation(*self.loss_of.lower_bound(*scores, divergence)))

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic is worth; see `critic_value.HasCriticValue`."""
        pairs = self.pairs(batch, seed, training=False)
        scores = [score(critic, pair, training) for pair in pairs]
        cost = self._penalty(critic, *pairs, batch.condition, seed) if training else (None, None)
        return CriticValue(
            Expectation(*self.loss_of.critic_losses(*scores)),
            Expectation(*cost),
            Bound("lower", Expectation(*self.loss_of.own_bound(*scores))),
        )

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise if the critic says nothing of this divergence."""
        self.loss_of.check_bound(divergence)

    def pairs(
        self, batch: Batch, seed: tf.Tensor, training: bool
    ) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """Draw what the critic takes of data and of the model; see `draw_pairs`."""
        return draw_pairs(self, batch, seed, training)

    def scores(self, batch: Batch, seed: tf.Tensor, training: bool) -> Pair:
        """Return the critic's raw outputs on drawn pairs of data and model, `(batch,)` each."""
        pairs = self.pairs(batch, seed, training)
        return tuple(score(self.critic, pair, training) for pair in pairs)

    def _penalty(
        self,
        critic: keras.Model,
        data: list[tf.Tensor],
        model: list[tf.Tensor],
        condition: tf.Tensor | None,
        seed: tf.Tensor,
    ) -> penalties.Sides:
        """Return both sides of the penalty on pairs; the condition, their last part, is fixed."""
        penalty = self.compiled_options.penalty
        if penalty is None:
            return None, None
        checks.check_penalized(critic, penalty)  # It may be another than the model's own.
        fixed = [] if condition is None else [condition]
        varied = len(data) - len(fixed)
        return penalty(
            lambda inputs: score(critic, [*inputs, *fixed], training=True),
            data[:varied],
            model[:varied],
            random.fold(seed, 4),
            self.loss_of,
        )
