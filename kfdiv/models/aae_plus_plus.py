"""The adversarial autoencoder with a critic of reconstructions."""

from __future__ import annotations

import keras
import tensorflow as tf

from kfdiv.losses import logistic
from kfdiv.models.autoencoder_scores import Scores, code_critic_loss
from kfdiv.models.data_critic import WithDataCritic
from kfdiv.models.expectation import Expectation
from kfdiv.models.registry import registry


@registry.register("aae_plus_plus", aliases=("aae++",))
@keras.saving.register_keras_serializable(package="kfdiv")
class AAEPlusPlus(WithDataCritic):
    """An adversarial autoencoder whose decoder also deceives a critic of reconstructions.

    The data critic d is a classifier of data against reconstructions; the decoder minimises
    `weight |x - G(z)|_1 - d(G(z))`, and -d estimates the log ratio of reconstructions to data. No
    critic sees samples: they are good as far as codes of data match the prior. Source: Rosca et al.
    2018, section 6.3, eq. 10 and algorithm 4 without its terms of samples.

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
        >>> model = kfdiv.models.AAEPlusPlus(
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

    def critic_losses(self, scores: Scores) -> dict[str, Expectation]:
        """Return the logistic losses of both critics."""
        of_data, of_again = logistic.critic_losses(scores.data, scores.reconstruction)
        return {
            "code_critic": code_critic_loss(scores),
            "data_critic": Expectation(of_data + of_again),
        }

    def autoencoder_losses(self, scores: Scores, distance: tf.Tensor) -> dict[str, Expectation]:
        """Return the losses of encoder and decoder."""
        options = self.compiled_options
        deceived = options.data_weight * scores.reconstruction
        return {
            "encoder": self.encoder_loss(scores, distance),
            "decoder": Expectation(options.decoder_weight * distance - deceived),
        }
