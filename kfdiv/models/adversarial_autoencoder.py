"""What adversarial autoencoders share: a critic of codes in the place of the ELBO's KL term."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences, random
from kfdiv.arguments import check_number
from kfdiv.models import checks
from kfdiv.models.autoencoder_scores import Draws, Scores, code_critic_loss, code_lower_bound
from kfdiv.models.batch import Batch
from kfdiv.models.code_critic import WithCodeCritic
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import OptimizerOf


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
        found = cls(steps, **{k: check_number(k, v, least=0.0) for k, v in weights.items()})
        for role, other in (("encoder", "code"), ("decoder", "data")):
            names = (f"{role}_weight", f"{other}_weight")
            if not any(getattr(found, name) for name in names):
                raise ValueError(
                    f"{' and '.join(names)} are both 0, so the {role} would learn nothing. Give "
                    f"one of them, or keep the {role} as it is by {role}.trainable = False."
                )
        return found


class AdversarialAutoencoder(WithCodeCritic, abc.ABC):
    """An autoencoder whose codes, over all data, are brought to the prior by a critic of codes.

    A subclass says what encoder and decoder minimise beside the critic's estimate of
    KL(q(z) || p(z)) and `|x - G(z)|_1`, the sum over x's entries.

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

    log_names: ClassVar[tuple[str, ...]] = ("reconstruction_loss", "code_critic_loss")
    evaluation_tag: ClassVar[str] = "codes"
    others_tag: ClassVar[str] = "autoencoder"

    encoder_optimizer = OptimizerOf("encoder")
    decoder_optimizer = OptimizerOf("decoder")

    def check_parts(self) -> None:
        """Raise a ValueError if encoder, decoder or prior are not what the losses need."""
        checks.check_fixed_prior(self.prior, type(self).__name__)
        self.check_draws()

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
            loss = loss.told()
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
        scores = Scores(
            *(self.code_score(batch, z, training=False) for z in (draws.prior, draws.code))
        )
        logs = {"reconstruction_loss": Expectation(self.distance(batch, draws))}
        return dataclasses.replace(code_lower_bound(scores), logs=logs)

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic of codes is worth; see `critic_value.HasCriticValue`."""
        draws = self.draws(batch, seed, training=False)
        scores = Scores(
            *(score(critic, [z, batch.condition], training) for z in (draws.prior, draws.code))
        )
        return CriticValue(code_critic_loss(scores), Expectation(), code_lower_bound(scores))

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
