"""What every objective of one critic shares: pairs of data and model, and who moves when."""

from __future__ import annotations

import abc
import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences, penalties, random
from kfdiv.losses import AdversarialLoss
from kfdiv.models import checks
from kfdiv.models.batch import Batch
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.roles import OptimizerOf, Option, Role, Update

Pair = tuple[tf.Tensor, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class AdversarialOptions:
    """What `compile` was told.

    Args:
        loss: of critic, encoder and decoder.
        loss_options: what made it, by name.
        critic_steps: critic updates for each update of encoder and decoder.
        split_batch: whether every update sees a part of the batch of its own.
        penalty: on the critic's slope, or None.
    """

    loss: AdversarialLoss
    loss_options: Mapping[str, Any]
    critic_steps: int
    split_batch: bool
    penalty: penalties.Penalty | None = None


class Adversarial(GenerativeModel, abc.ABC):
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

    takes_condition: ClassVar[bool] = True
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
    critic_steps = Option()
    split_batch = Option()
    penalty = Option()

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
        for part in (self.decoder, self.encoder):
            checks.check_reparameterized(part, type(self).__name__)
        latents = None if self.encoder is None else self.prior.size
        self.critic = checks.check_critic(critic, self.event_shape, latents, self.condition)

    @abc.abstractmethod
    def adversarial_loss(self, divergence: Any = None) -> AdversarialLoss:
        """Return the loss that `compile` was told of.

        Its parameters are arguments of `compile`, and its docstring's `Args` their documentation.

        Raises:
            ValueError: on a divergence that it cannot minimise, and on options that are not its.
        """

    @classmethod
    def option_parameters(cls) -> list[inspect.Parameter]:
        """Return the parameters of the loss, and those of every adversarial objective."""
        own = list(inspect.signature(cls.adversarial_loss).parameters.values())[1:]
        shared = list(inspect.signature(cls.options).parameters.values())[1:-1]
        return [*own, *shared]

    @classmethod
    def option_documentation(cls) -> Sequence[str]:
        """Return the docstrings that say what the options are."""
        return (cls.adversarial_loss.__doc__ or "", cls.options.__doc__ or "")

    def options(
        self,
        *,
        critic_steps: int = 1,
        split_batch: bool = False,
        penalty: Any = None,
        **loss_options: Any,
    ) -> AdversarialOptions:
        """Check what `compile` was told.

        Args:
            critic_steps: critic updates for each update of encoder and decoder.
            split_batch: split the batch, a part for each critic update and one for encoder and
                decoder, instead of giving all of it to everyone.
            penalty: on the critic's slope: a name or an instance, as `kfdiv.penalties.get` takes
                it, or None. A critic with batch normalisation has no slope of its own at one
                example, and is refused.
            **loss_options: of `adversarial_loss`.
        """
        loss = self.adversarial_loss(**loss_options)
        critic_steps = checks.check_count("critic_steps", critic_steps)
        split_batch = checks.check_flag("split_batch", split_batch)
        penalty = penalties.get(penalty)
        if penalty is not None:
            penalty.check(loss)
            checks.check_penalized(self.critic, penalty)
        return AdversarialOptions(loss, loss_options, critic_steps, split_batch, penalty)

    def option_values(self) -> dict[str, Any]:
        """Return the options by name, checked and resolved, as arguments of `compile`."""
        options = self.compiled_options
        # The loss's fields are what it made of them.
        fields = {
            one.name: getattr(options.loss, one.name) for one in dataclasses.fields(options.loss)
        }
        resolved = {name: fields.get(name, given) for name, given in options.loss_options.items()}
        shared = ("critic_steps", "split_batch", "penalty")
        return {**resolved, **{name: getattr(options, name) for name in shared}}

    @property
    def loss_of(self) -> AdversarialLoss:
        """The losses of critic, encoder and decoder."""
        return self.compiled_options.loss

    @property
    def divergence(self) -> divergences.Divergence:
        """The divergence that is minimised, or that the critic's loss bounds."""
        return self.loss_of.bounded

    @divergence.setter
    def divergence(self, value: Any) -> None:
        self.change_options(divergence=value)

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        found = super().remedies()
        if self.penalty is None:
            found += ["keep the critic's slope low, compile(penalty='gradient')"]
        return found

    # Steps ------------------------------------------------------------------------------------

    @property
    def splits_batch(self) -> bool:
        """Whether every update of a step sees a part of the batch instead of all of it."""
        return self.compiled_options.split_batch

    def updates(self) -> tuple[Update, ...]:
        """Return the critic's updates, then the one of encoder and decoder."""
        return (
            Update(("critic",), self.compiled_options.critic_steps, tag="critic"),
            Update(("encoder", "decoder"), tag="generator"),
        )

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
        """Draw as many pairs of data and of the model as the batch has examples.

        Args:
            batch: data, x of shape `(batch, *event_shape)`.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.

        Returns:
            What the critic takes of each, `[x]` or `[x, z]`, and the condition.
        """
        x, c = batch.x, batch.condition
        z = self.prior.draw(batch.size, random.fold(seed, 1))
        generated = self.decoder.sample(self.given(z, c), random.fold(seed, 2), training=training)
        condition = [] if c is None else [c]
        if self.encoder is None:
            return [x, *condition], [generated, *condition]
        inferred = self.encoder.sample(self.given(x, c), random.fold(seed, 3), training=training)
        return [x, inferred, *condition], [generated, z, *condition]

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

    def check_training_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if batches cannot be split as they should."""
        if self.splits_batch:
            checks.check_minibatches(self, dataset, self.compiled_options.critic_steps + 1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        critic = keras.saving.serialize_keras_object(self.critic)
        return {**super().get_config(), "critic": critic}
