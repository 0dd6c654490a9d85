"""The adversarial autoencoder that is a GAN, too."""

from __future__ import annotations

import keras
import tensorflow as tf

from kfdiv import random
from kfdiv.losses import logistic
from kfdiv.models.autoencoder_scores import Draws, Scores, code_critic_loss
from kfdiv.models.batch import Batch
from kfdiv.models.data_critic import WithDataCritic
from kfdiv.models.expectation import Expectation
from kfdiv.models.registry import registry


@registry.register("aae_gan")
@keras.saving.register_keras_serializable(package="kfdiv")
class AAEGAN(WithDataCritic):
    """An adversarial autoencoder whose decoder deceives a critic of reconstructions and samples.

    The data critic d is a classifier of data, counted twice, against reconstructions and samples
    together; the decoder minimises `weight |x - G(z)|_1 - d(G(z)) - E_p(z)[d(G(z))]`. Source: Rosca
    et al. 2018, section 6.3, eq. 11 and algorithm 4.

    Where that algorithm is at odds with itself: line 7 writes `R_kl`, which is defined nowhere, and
    then `R_D`, which is what eq. 11 has and is taken; line 8 writes `-2 log D(x)` and then
    `-log D(x)`. The first is taken: then data weigh as much as the two that are not, without which
    D / (1 - D) is no ratio of densities (eq. 7). Either way the decoder's gradient is the same at
    the critic's optimum, whose outputs differ by log 2.

    Args:
        encoder: q(z|x), any `ConditionalDistribution`, or a built network with `2 * latent_size`
            outputs.
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        code_critic: a built network from z to one output.
        data_critic: a built network from x to one output.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`; both critics take it last.

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> mlp = kfdiv.networks.mlp
        >>> model = kfdiv.models.AAEGAN(
        ...     mlp(3, [8], 4),
        ...     mlp(2, [8], 3),
        ...     code_critic=mlp(2, [8], 1),
        ...     data_critic=mlp(3, [8], 1),
        ... )
        >>> model.compile(encoder_weight=10.0)
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> sorted(history.history)
        ['code_critic_loss', 'data_critic_loss', 'loss', 'reconstruction_loss']
    """

    def scores(self, batch: Batch, draws: Draws, seed: tf.Tensor, training: bool) -> Scores:
        """Return what the critics say of the draws, and of samples at the prior's draws."""
        z = self.given(draws.prior, batch.condition)
        x = self.decoder.sample(z, random.fold(seed, 4), training=training)
        scores = super().scores(batch, draws, seed, training)
        return scores._replace(sample=self.data_score(batch, x, training))

    def critic_losses(self, scores: Scores) -> dict[str, Expectation]:
        """Return the logistic losses of both critics."""
        of_data, of_again = logistic.critic_losses(scores.data, scores.reconstruction)
        _, of_samples = logistic.critic_losses(scores.data, scores.sample)
        return {
            "code_critic": code_critic_loss(scores),
            "data_critic": Expectation(2.0 * of_data + of_again, of_samples),
        }

    def autoencoder_losses(self, scores: Scores, distance: tf.Tensor) -> dict[str, Expectation]:
        """Return the losses of encoder and decoder."""
        options = self.compiled_options
        deceived = options.data_weight * scores.reconstruction
        return {
            "encoder": self.encoder_loss(scores, distance),
            "decoder": Expectation(
                options.decoder_weight * distance - deceived, -options.data_weight * scores.sample
            ),
        }
