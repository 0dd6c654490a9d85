"""What adversarial autoencoders share: a critic of codes in the place of the ELBO's KL term."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import keras
import tensorflow as tf

from kfdiv import divergences, random
from kfdiv.arguments import check_number
from kfdiv.losses import logistic
from kfdiv.models import checks
from kfdiv.models.batch import Batch
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.roles import OptimizerOf, Option, Update

JS = divergences.get("js")


@dataclasses.dataclass(frozen=True)
class AutoencoderOptions:
    """What `compile` was told.

    Args:
        critic_steps: critic updates for each update of encoder and decoder.
        encoder_weight: of the reconstruction in the encoder's loss.
        decoder_weight: of the reconstruction in the decoder's loss.
        code_weight: of the code critic in the encoder's loss.
        data_weight: of the data critic in the decoder's loss.
    """

    critic_steps: int = 1
    encoder_weight: float = 1.0
    decoder_weight: float = 1.0
    code_weight: float = 1.0
    data_weight: float = 1.0

    @classmethod
    def checked(cls, critic_steps: int, **weights: float) -> AutoencoderOptions:
        """Return the options, or raise a ValueError on one that is not possible."""
        steps = checks.check_count("critic_steps", critic_steps)
        return cls(steps, **{k: check_number(k, v, least=0.0) for k, v in weights.items()})


class Draws(NamedTuple):
    """What the losses of a batch look at.

    Attributes:
        code: z ~ q(z|x), `(batch, latent_size)`.
        reconstruction: x ~ p(x|z) at these codes, `(batch, *event_shape)`.
        prior: z ~ p(z), `(batch, latent_size)`.
    """

    code: tf.Tensor
    reconstruction: tf.Tensor
    prior: tf.Tensor


class Scores(NamedTuple):
    """What critics say, raw outputs of shape `(batch,)`; None of a critic that there is not.

    Attributes:
        prior: the code critic's, of draws of the prior.
        code: of codes of data.
        data: the data critic's, of data.
        reconstruction: of reconstructions.
        sample: of samples.
    """

    prior: tf.Tensor
    code: tf.Tensor
    data: tf.Tensor | None = None
    reconstruction: tf.Tensor | None = None
    sample: tf.Tensor | None = None


def code_critic_loss(scores: Scores) -> Expectation:
    """Return the logistic loss of the prior's draws against codes of data (eq. 13)."""
    of_prior, of_codes = logistic.critic_losses(scores.prior, scores.code)
    return Expectation(of_codes, of_prior)


class AdversarialAutoencoder(GenerativeModel, abc.ABC):
    """An autoencoder whose codes, over all data, are brought to the prior by a critic of codes.

    The code critic c is a classifier of z ~ p(z) against codes of data, so that -c estimates
    log q(z) / p(z), whose mean over codes is KL(q(z) || p(z)). A subclass says what encoder and
    decoder minimise beside that and `|x - G(z)|_1`, the sum over x's entries.

    A step moves the critics, and then encoder and decoder once, both against the critics as they
    then stand. Rosca et al.'s algorithm 4 begins at the encoder, which moves before the decoder
    looks at it.

    Args:
        encoder: q(z|x), any `ConditionalDistribution`, or a built network with `2 * latent_size`
            outputs.
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic, as in
            the paper).
        code_critic: a built network from z to one output; the condition, if there is one, comes
            last.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        **kwargs: as of `GenerativeModel`.

    Raises:
        ValueError: if the networks' shapes do not fit one another, or draws are discrete.
    """

    takes_condition: ClassVar[bool] = True
    critics: ClassVar[tuple[str, ...]] = ("code_critic",)
    """Roles that move first."""
    log_names: ClassVar[tuple[str, ...]] = ("reconstruction_loss", "code_critic_loss")
    evaluation_tag: ClassVar[str] = "codes"

    code_critic_optimizer = OptimizerOf("code_critic")
    encoder_optimizer = OptimizerOf("encoder")
    decoder_optimizer = OptimizerOf("decoder")
    critic_steps = Option()

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        code_critic: keras.Model,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        checks.check_fixed_prior(self.prior, type(self).__name__)
        for part in (self.decoder, self.encoder):
            checks.check_reparameterized(part, type(self).__name__)
        self.code_critic = checks.check_critic(
            code_critic, (self.prior.size,), None, self.condition, name="code_critic", of="z"
        )

    def updates(self) -> tuple[Update, ...]:
        """Return the critics' updates, then the one of encoder and decoder."""
        return (
            Update(self.critics, self.compiled_options.critic_steps, tag="critic"),
            Update(("encoder", "decoder"), tag="autoencoder"),
        )

    @abc.abstractmethod
    def critic_losses(self, scores: Scores) -> dict[str, Expectation]:
        """Return the loss of every critic, by role."""

    @abc.abstractmethod
    def autoencoder_losses(self, scores: Scores, distance: tf.Tensor) -> dict[str, Expectation]:
        """Return the losses of encoder and decoder, by role.

        Args:
            scores: what the critics say.
            distance: `|x - G(z)|_1`, shape `(batch,)`.
        """

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the critics' losses, or those of encoder and decoder and the critics' to log."""
        draws = self.draws(batch, seed, training=True)
        scores = self.scores(batch, draws, seed, training=True)
        critics = self.critic_losses(scores)
        if self.critics[0] in roles:
            return Losses(critics)
        distance = self.distance(batch, draws)
        logs = {"reconstruction_loss": Expectation(tf.stop_gradient(distance))}
        terms = {"|x - G(z)|": batch.masked(distance)}
        for name, loss in critics.items():
            # To be told, not to be differentiated.
            loss = Expectation(*(None if side is None else tf.stop_gradient(side) for side in loss))
            logs[f"{name}_loss"] = loss
            terms[f"{name} loss on data"] = batch.masked(loss.data)
            if loss.model is not None:
                terms[f"{name} loss on draws"] = loss.model
        return Losses(self.autoencoder_losses(scores, distance), logs, terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the code critic's lower bound on JS(p(z), q(z)), and `|x - G(z)|_1` beside it.

        That says how far codes of data are from the prior, and nothing of the model's x.
        """
        draws = self.draws(batch, seed, training=False)
        on_prior, on_codes = (
            self.code_score(batch, z, training=False) for z in (draws.prior, draws.code)
        )
        of_prior, of_codes = logistic.lower_bound(JS, on_prior, on_codes)
        logs = {"reconstruction_loss": Expectation(self.distance(batch, draws))}
        return Bound("code_lower_bound", Expectation(of_codes, of_prior), logs=logs)

    valued_critic: ClassVar[str] = "code_critic"

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic of codes is worth; see `critic_value.HasCriticValue`."""
        draws = self.draws(batch, seed, training=False)
        prior, codes = (
            score(critic, [z, batch.condition], training) for z in (draws.prior, draws.code)
        )
        of_prior, of_codes = logistic.lower_bound(JS, prior, codes)
        bound = Bound("code_lower_bound", Expectation(of_codes, of_prior))
        return CriticValue(code_critic_loss(Scores(prior, codes)), Expectation(), bound)

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise: the critics compare codes, or reconstructions, not the model's x with data."""
        raise ValueError(
            f"A critic of codes says nothing of {divergence!r} between data and model. Leave the "
            "divergence out, or use kfdiv.evaluation.independent_critic(...)."
        )

    def draws(self, batch: Batch, seed: tf.Tensor, training: bool) -> Draws:
        """Draw codes of the examples, reconstructions, and as many latents of the prior."""
        x, c = batch.x, batch.condition
        prior = self.prior.draw(batch.size, random.fold(seed, 1))
        code = self.encoder.sample(self.given(x, c), random.fold(seed, 2), training=training)
        again = self.decoder.sample(self.given(code, c), random.fold(seed, 3), training=training)
        return Draws(code, again, prior)

    def distance(self, batch: Batch, draws: Draws) -> tf.Tensor:
        """Return `|x - G(z)|_1`, the sum over x's entries, shape `(batch,)`."""
        again = tf.cast(draws.reconstruction, batch.x.dtype)
        return tf.reduce_sum(tf.abs(batch.x - again), list(range(1, batch.x.shape.rank)))

    def scores(self, batch: Batch, draws: Draws, seed: tf.Tensor, training: bool) -> Scores:
        """Return what the critics say of the draws.

        Args:
            batch: examples.
            draws: of them.
            seed: of further draws, int32, shape `(2,)`.
            training: passed on to the networks.
        """
        del seed
        return Scores(
            prior=self.code_score(batch, draws.prior, training),
            code=self.code_score(batch, draws.code, training),
        )

    def code_score(self, batch: Batch, z: tf.Tensor, training: bool) -> tf.Tensor:
        """Return the code critic's raw outputs, high on the prior, shape `(batch,)`."""
        return score(self.code_critic, [z, batch.condition], training)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        critics = {name: getattr(self, name) for name in self.critics}
        return super().get_config() | {
            name: keras.saving.serialize_keras_object(critic) for name, critic in critics.items()
        }
