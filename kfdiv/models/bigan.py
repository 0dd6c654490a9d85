"""Bidirectional GANs by their usual losses: minimax, logD and hinge."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import game as games
from kfdiv.models.adversarial import Adversarial, Pair
from kfdiv.models.registry import registry


@registry.register("bigan")
@keras.saving.register_keras_serializable(package="kfdiv")
class BiGAN(Adversarial):
    """Plays a GAN's game on pairs (x, z), or on x alone where there is no encoder.

    `game="minimax"` minimises `2 JS - log 4`; "logd" is its non-saturating form, the usual GAN;
    "hinge" is BigBiGAN's. Source: Donahue et al. 2017; Dumoulin et al. 2017; Shen et al., sections
    4.2 and 5.2.

    Args:
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        critic: a built network with one output: of x, or of [x, z] where there is an encoder.
        encoder: q(z|x), or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.

    Options of `compile`:
        divergence: that of the game, or None.
        game: "minimax", "logd" or "hinge".

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.BiGAN(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3), critic=kfdiv.networks.mlp((3,), [32], 1)
        ... )
        >>> model.compile(game="hinge")
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=700), epochs=1, verbose=0)
        >>> model.divergence
        TotalVariation()
    """

    def choose(self, divergence: Any = None, game: str = "logd") -> dict[str, Any]:
        """See `Adversarial.choose`.

        Raises:
            ValueError: on an unknown game, naming the choices, and on a divergence that is not the
                game's.
        """
        self._compiled.game = games.registry.get(game)()
        self._compiled.divergence = divergences.get(self._compiled.game.divergence)
        if divergence is not None and repr(divergences.get(divergence)) != repr(self.divergence):
            raise ValueError(
                f"BiGAN plays {game!r}, which is for {self.divergence!r}, and cannot minimise "
                f"{divergences.get(divergence)!r}. Leave the divergence out, or use "
                "kfdiv.models.AGE or FGAN."
            )
        return {"game": game}

    def critic_losses(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return the game's losses of the critic."""
        return self._compiled.game.critic_losses(on_data, on_model)

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return the game's losses of the encoder."""
        return self._compiled.game.encoder_loss(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return the game's losses of the decoder."""
        return self._compiled.game.decoder_loss(on_model)

    def lower_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return the bound on `divergence` that the critic's loss amounts to."""
        return self._compiled.game.lower_bound(on_data, on_model)
