"""What adversarial autoencoders with a critic of data share: its role, and the coefficients."""

from __future__ import annotations

import abc
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv.models import checks
from kfdiv.models.adversarial_autoencoder import AdversarialAutoencoder, AutoencoderOptions
from kfdiv.models.autoencoder_scores import Draws, Scores
from kfdiv.models.batch import Batch
from kfdiv.models.critics import score
from kfdiv.models.expectation import Expectation
from kfdiv.models.roles import OptimizerOf, Option, Role


class WithDataCritic(AdversarialAutoencoder, abc.ABC):
    """An adversarial autoencoder with a critic of data beside that of codes.

    Args:
        encoder: as of `AdversarialAutoencoder`.
        decoder: as of `AdversarialAutoencoder`.
        code_critic: a built network from z to one output.
        data_critic: a built network from x to one output.
        **kwargs: as of `AdversarialAutoencoder`.

    Raises:
        ValueError: if the networks' shapes do not fit.
    """

    roles: ClassVar[tuple[Role, ...]] = (
        Role("code_critic", learning_rate=5e-4, beta_1=0.5),
        Role("data_critic", learning_rate=5e-4, beta_1=0.5),
        Role("encoder", learning_rate=5e-4, beta_1=0.5),
        Role("decoder", ("decoder", "prior"), learning_rate=5e-4, beta_1=0.5),
    )
    critics: ClassVar[tuple[str, ...]] = ("code_critic", "data_critic")
    log_names: ClassVar[tuple[str, ...]] = (
        *AdversarialAutoencoder.log_names,
        "data_critic_loss",
    )

    data_critic_optimizer = OptimizerOf("data_critic")
    encoder_weight = Option()
    decoder_weight = Option()
    code_weight = Option()
    data_weight = Option()

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        code_critic: keras.Model,
        data_critic: keras.Model,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, decoder, code_critic, prior, seed=seed, name=name, **kwargs)
        self.data_critic = checks.check_critic(
            data_critic, self.event_shape, None, self.condition, name="data_critic"
        )

    def options(
        self,
        *,
        critic_steps: int = 1,
        encoder_weight: float = 1.0,
        decoder_weight: float = 1.0,
        code_weight: float = 1.0,
        data_weight: float = 1.0,
    ) -> AutoencoderOptions:
        """Check what `compile` was told.

        Args:
            critic_steps: updates of the critics for each update of encoder and decoder.
            encoder_weight: of `|x - G(z)|_1` in the encoder's loss; the paper has 1, 5, 10 and 50.
            decoder_weight: of `|x - G(z)|_1` in the decoder's loss; the paper has the same.
            code_weight: of the code critic in the encoder's loss.
            data_weight: of the data critic in the decoder's loss.
        """
        return AutoencoderOptions.checked(
            critic_steps,
            encoder_weight=encoder_weight,
            decoder_weight=decoder_weight,
            code_weight=code_weight,
            data_weight=data_weight,
        )

    def scores(self, batch: Batch, draws: Draws, seed: tf.Tensor, training: bool) -> Scores:
        """Return what the critics say of the draws, and of the data."""
        return (
            super()
            .scores(batch, draws, seed, training)
            ._replace(
                data=self.data_score(batch, batch.x, training),
                reconstruction=self.data_score(batch, draws.reconstruction, training),
            )
        )

    def data_score(self, batch: Batch, x: tf.Tensor, training: bool) -> tf.Tensor:
        """Return the data critic's raw outputs, high on data, shape `(batch,)`."""
        return score(self.data_critic, [x, batch.condition], training)

    def encoder_loss(self, scores: Scores, distance: tf.Tensor) -> Expectation:
        """Return the weighted distance and the estimate of KL(q(z) || p(z)) (eq. 12).

        Equations 10 and 11 would have the encoder descend the data critic, too; algorithm 4 and the
        coefficients of appendix K.1 have none for that, and are followed.
        """
        options = self.compiled_options
        return Expectation(options.encoder_weight * distance - options.code_weight * scores.code)
