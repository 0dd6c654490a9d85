"""What every adversarial objective shares: pairs of data and model, and who moves when."""

from __future__ import annotations

import abc
import inspect
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from kfdiv import divergences, metrics, random
from kfdiv.distributions.conditional_distribution import full_precision
from kfdiv.models import checks
from kfdiv.models.all_or_nothing import all_or_nothing
from kfdiv.models.execution import repeat
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.optimization import Player, batch_mean

Pair = tuple[tf.Tensor, tf.Tensor]


class Adversarial(GenerativeModel, abc.ABC):
    """A critic tells pairs of data from pairs of the model; encoder and decoder follow it.

    With an encoder the pairs are (x, z): data with z ~ q(z|x), against z ~ p(z) with x ~ p(x|z).
    Without one they are x alone. A subclass says what the critic, the encoder and the decoder
    minimise, as functions of the critic's raw outputs, and what the outputs say of a divergence.

    A step moves the critic `critic_steps` times, and then encoder and decoder once, both against
    the critic as it then stands. All of them see the step's batch, each time with new latents;
    `split_batch=True` gives every move data of its own (Shen et al., algorithm 1).

    Args:
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        critic: a built network with one output: of x, or of [x, z] where there is an encoder.
        encoder: q(z|x), any `ConditionalDistribution`, a built network, or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.

    Raises:
        ValueError: if the networks' shapes do not fit one another, or draws are discrete.
    """

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
        self.critic = checks.check_critic(critic, self.event_shape, latents)
        self.critic_loss_tracker = keras.metrics.Mean(name="critic_loss")
        self.bound_tracker = metrics.SumOfMeans(name="lower_bound")

    @abc.abstractmethod
    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return what the critic minimises: the mean of the first plus the mean of the second.

        Args:
            on_data: its raw outputs on pairs of data, shape `(batch,)`.
            on_model: on pairs of the model.
        """

    @abc.abstractmethod
    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return what the encoder minimises, shape `(batch,)`."""

    @abc.abstractmethod
    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return what the decoder minimises, shape `(batch,)`."""

    @abc.abstractmethod
    def lower_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return a, b with `divergence >= mean(a) + mean(b)` for any outputs."""

    @property
    def divergence(self) -> divergences.Divergence:
        """The divergence that is minimised, or that the critic's loss bounds."""
        return self._compiled.divergence

    # Compiling --------------------------------------------------------------------------------

    @abc.abstractmethod
    def choose(self, divergence: Any, **options: Any) -> dict[str, Any]:
        """Take what `compile` was told of the divergence and of the objective's own options.

        Args:
            divergence: as `compile` got it; None for the objective's own.
            **options: the objective's own, which a subclass names and gives defaults.

        Returns:
            Both, resolved, as arguments of `compile`.
        """

    @all_or_nothing
    def compile(
        self,
        divergence: Any = None,
        critic_optimizer: Any = None,
        encoder_optimizer: Any = None,
        decoder_optimizer: Any = None,
        *,
        critic_steps: int = 1,
        split_batch: bool = False,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
        **options: Any,
    ) -> None:
        """Choose the divergence, and how it is estimated.

        Args:
            divergence: a name, an instance, a config, or a callable f, as `kfdiv.divergences.get`
                takes it; by default the objective's own.
            critic_optimizer: Adam(1e-4, beta_1=0) by default.
            encoder_optimizer: Adam(5e-5, beta_1=0) by default.
            decoder_optimizer: Adam(5e-5, beta_1=0) by default.
            critic_steps: critic updates for each update of encoder and decoder.
            split_batch: deal the batch out, a part to each critic update and one to encoder and
                decoder, instead of giving all of it to everyone.
            run_eagerly: step through Python, for debugging.
            jit_compile: True, False, or "auto": XLA where it pays.
            steps_per_execution: train steps in one compiled call.
            **options: the objective's own; its class lists them.

        Raises:
            TypeError: on an option that the objective does not have.
            ValueError: on an unknown divergence, naming the choices, and on one that the objective
                cannot minimise, saying why.
        """
        own = [name for name in inspect.signature(self.choose).parameters if name != "divergence"]
        shared = list(inspect.signature(self.compile).parameters)[:-1]
        checks.check_options(f"{type(self).__name__}.compile", options, [*shared, *own])
        arguments = self.choose(divergence, **options)
        self.critic_steps = checks.check_count("critic_steps", critic_steps)
        self.split_batch = checks.check_flag("split_batch", split_batch)
        networks = {"critic": self.critic, "encoder": self.encoder, "decoder": self.decoder}
        chosen = (critic_optimizer, encoder_optimizer, decoder_optimizer)
        rates = {"critic": 1e-4, "encoder": 5e-5, "decoder": 5e-5}
        arguments |= self.build_optimizers(
            networks, chosen, lambda role: keras.optimizers.Adam(rates[role], beta_1=0.0)
        )
        arguments |= {"critic_steps": self.critic_steps, "split_batch": self.split_batch}
        self.configure(arguments, run_eagerly, jit_compile, steps_per_execution)

    # Steps ------------------------------------------------------------------------------------

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Move the critic `critic_steps` times, then encoder and decoder once."""
        minibatch = self._deal(self.unpack(data))
        repeat(self.critic_steps, lambda index: self._move_critic(minibatch(index), index))
        x, seed = minibatch(self.critic_steps), self.draw_seed("generator")
        terms: dict[str, tf.Tensor] = {}

        def loss() -> tf.Tensor:
            on_data, on_model = self.scores(x, seed, training=True)
            critic = [tf.stop_gradient(part) for part in self.critic_losses(on_data, on_model)]
            decoder = self.decoder_loss(on_model)
            terms.update({"critic loss on data": critic[0], "critic loss on model": critic[1]})
            terms["decoder loss"] = decoder
            if self.encoder is None:
                return batch_mean(decoder)
            terms["encoder loss"] = encoder = self.encoder_loss(on_data)
            return batch_mean(decoder) + batch_mean(encoder)

        players = [Player(self.decoder_optimizer, self.decoder.trainable_variables)]
        if self.encoder is not None:
            players.append(Player(self.encoder_optimizer, self.encoder.trainable_variables))
        self.minimize(loss, *players)
        self.critic_loss_tracker.update_state(
            tf.reduce_mean(terms["critic loss on data"])
            + tf.reduce_mean(terms["critic loss on model"])
        )
        total = tf.reduce_mean(terms["decoder loss"])
        if self.encoder is not None:
            total += tf.reduce_mean(terms["encoder loss"])
        return self.finish_step(total, terms)

    def train_logs(self) -> dict[str, tf.Tensor]:
        """Return the losses of encoder and decoder, and of the critic after its steps."""
        return {**super().train_logs(), "critic_loss": self.critic_loss_tracker.result()}

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Measure the critic's lower bound on the divergence, and its standard error."""
        seed = self.evaluation_seed("pairs", self.bound_tracker.count)
        on_data, on_model = self.scores(self.unpack(data), seed, training=False)
        self.bound_tracker.update_state(*self.lower_bound(on_data, on_model))
        bound = self.bound_tracker.result()
        error = self.bound_tracker.standard_error()
        return {"loss": bound, "lower_bound": bound, "lower_bound_se": error}

    def pairs(
        self, x: tf.Tensor, seed: tf.Tensor, training: bool
    ) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """Draw as many pairs of data and of the model as there are x.

        Args:
            x: shape `(batch, *event_shape)`.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.

        Returns:
            What the critic takes of each, `[x]` or `[x, z]`.
        """
        z = self.prior.draw(tf.shape(x)[0], random.fold(seed, 1))
        generated = self.decoder.sample(z, random.fold(seed, 2), training=training)
        if self.encoder is None:
            return [x], [generated]
        inferred = self.encoder.sample(x, random.fold(seed, 3), training=training)
        return [x, inferred], [generated, z]

    def scores(self, x: tf.Tensor, seed: tf.Tensor, training: bool) -> Pair:
        """Return the critic's raw outputs on drawn pairs of data and model, `(batch,)` each."""
        on_data, on_model = (
            full_precision(self.critic(pair if len(pair) > 1 else pair[0], training=training))
            for pair in self.pairs(x, seed, training)
        )
        return tf.reshape(on_data, [-1]), tf.reshape(on_model, [-1])

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset` does not fit, or its batches cannot be split as they should."""
        super().check_data(dataset)
        if self.compiled and self.split_batch:
            checks.check_minibatches(self, dataset, self.critic_steps + 1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        critic = keras.saving.serialize_keras_object(self.critic)
        return {**super().get_config(), "critic": critic}

    def _deal(self, x: tf.Tensor) -> Callable[[int | tf.Tensor], tf.Tensor]:
        """Return what gives every move its data: the batch, or its own part of it."""
        if not self.split_batch:
            return lambda index: x
        parts = tf.reshape(x, [self.critic_steps + 1, -1, *self.event_shape])
        return lambda index: parts[index]

    def _move_critic(self, x: tf.Tensor, index: tf.Tensor) -> None:
        def loss() -> tf.Tensor:
            scores = self.scores(x, self.draw_seed("critic", index), training=True)
            on_data, on_model = self.critic_losses(*scores)
            return batch_mean(on_data) + batch_mean(on_model)

        self.minimize(loss, Player(self.critic_optimizer, self.critic.trainable_variables))
