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

    def compile(
        self,
        game: str = "logd",
        critic_optimizer: Any = None,
        encoder_optimizer: Any = None,
        decoder_optimizer: Any = None,
        *,
        critic_steps: int = 1,
        split_batch: bool = False,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
    ) -> None:
        """Choose the game.

        Args:
            game: "minimax", "logd" or "hinge".
            critic_optimizer: Adam(1e-4, beta_1=0) by default.
            encoder_optimizer: Adam(5e-5, beta_1=0) by default.
            decoder_optimizer: Adam(5e-5, beta_1=0) by default.
            critic_steps: critic updates for each update of encoder and decoder.
            split_batch: deal the batch out among the updates instead of giving all to everyone.
            run_eagerly: step through Python, for debugging.
            jit_compile: True, False, or "auto": XLA where it pays.
            steps_per_execution: train steps in one compiled call.

        Raises:
            ValueError: on an unknown game, naming the choices.
        """
        self._compiled.game = games.registry.get(game)()
        self._compiled.divergence = divergences.get(self._compiled.game.divergence)
        self.configure_players(
            {"game": game},
            critic_optimizer,
            encoder_optimizer,
            decoder_optimizer,
            critic_steps,
            split_batch,
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
        )

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
