"""The adversarial autoencoder."""

from __future__ import annotations

from typing import ClassVar

import keras
import tensorflow as tf

from kfdiv.models.adversarial_autoencoder import AdversarialAutoencoder, AutoencoderOptions
from kfdiv.models.autoencoder_scores import Scores, code_critic_loss
from kfdiv.models.expectation import Expectation
from kfdiv.models.registry import registry
from kfdiv.models.roles import Role


@registry.register("aae")
@keras.saving.register_keras_serializable(package="kfdiv")
class AAE(AdversarialAutoencoder):
    """Minimises `E|x - G(z)|_1 + KL(q(z) || p(z))`, the KL by a critic of codes.

    The decoder minimises the distance alone. The terms have no weights, as in the paper. `evaluate`
    reports the code critic's lower bound on JS(p(z), q(z)).

    Source: Makhzani et al. 2015, who have a squared distance and the encoder's loss `-log C(z)`;
    Rosca et al. 2018, section 6.1 and eqs. 12 and 13, whose encoder descends the estimate of the
    KL, `-log C(z) + log(1 - C(z))`. They print no loss of theirs for the distance; the l1 is that
    of its variants.

    Args:
        encoder: q(z|x), any `ConditionalDistribution`, or a built network with `2 * latent_size`
            outputs. It needs no density.
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        code_critic: a built network from z to one output.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`; the critic takes it last.

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> mlp = kfdiv.networks.mlp
        >>> model = kfdiv.models.AAE(mlp(3, [32], 4), mlp(2, [32], 3), mlp(2, [32], 1))
        >>> model.compile()
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> sorted(history.history)
        ['code_critic_loss', 'loss', 'reconstruction_loss']
    """

    roles: ClassVar[tuple[Role, ...]] = (
        Role("code_critic", learning_rate=5e-5, beta_1=0.5),
        Role("encoder", learning_rate=5e-4, beta_1=0.5),
        Role("decoder", ("decoder", "prior"), learning_rate=5e-4, beta_1=0.5),
    )

    def options(self, *, critic_steps: int = 1) -> AutoencoderOptions:
        """Check what `compile` was told.

        Args:
            critic_steps: critic updates for each update of encoder and decoder.
        """
        return AutoencoderOptions.checked(critic_steps)

    def option_values(self) -> dict[str, int]:
        """Return the options by name, as arguments of `compile`."""
        return {"critic_steps": self.compiled_options.critic_steps}

    def critic_losses(self, scores: Scores) -> dict[str, Expectation]:
        """Return the code critic's loss."""
        return {"code_critic": code_critic_loss(scores)}

    def autoencoder_losses(self, scores: Scores, distance: tf.Tensor) -> dict[str, Expectation]:
        """Return the distance for both, and the estimate of KL(q(z) || p(z)) for the encoder."""
        return {
            "encoder": Expectation(distance - scores.code),
            "decoder": Expectation(distance),
        }
