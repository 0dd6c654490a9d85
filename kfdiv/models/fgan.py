"""Any f-divergence by Fenchel's lower bound: f-GAN."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import fenchel
from kfdiv.models.adversarial import Adversarial, Pair
from kfdiv.models.registry import registry

DECODER_LOSSES = ("saturating", "alternative")


@registry.register("fgan")
@keras.saving.register_keras_serializable(package="kfdiv")
class FGAN(Adversarial):
    """Plays `min max E_P[g_f(v)] - E_Q[f*(g_f(v))] <= D_f(P || Q)` of the model and a critic v.

    Without an encoder P is the data and Q the model; with one they are the joint distributions
    p(x) q(z|x) and p(z) p(x|z). No density is asked of anyone.

    Source: Nowozin et al. 2016, eq. 6; Zhang et al. 2019, eq. 13; bidirectional: Shen et al.,
    section 3.3.

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
        >>> model = kfdiv.models.FGAN(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3), critic=kfdiv.networks.mlp((3,), [32], 1)
        ... )
        >>> model.compile(divergence="js")
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=700), epochs=1, verbose=0)
        >>> model.sample(5).shape
        TensorShape([5, 3])
    """

    def compile(
        self,
        divergence: Any = "kl",
        critic_optimizer: Any = None,
        encoder_optimizer: Any = None,
        decoder_optimizer: Any = None,
        *,
        decoder_loss: str = "saturating",
        critic_steps: int = 1,
        split_batch: bool = False,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
    ) -> None:
        """Choose the divergence, and how its bound is played for.

        Args:
            divergence: a name, an instance, a config, or a callable f; see `kfdiv.divergences.get`.
            critic_optimizer: Adam(1e-4, beta_1=0) by default.
            encoder_optimizer: Adam(5e-5, beta_1=0) by default.
            decoder_optimizer: Adam(5e-5, beta_1=0) by default.
            decoder_loss: "saturating", which descends the bound, or "alternative", which ascends
                `E_Q[g_f(v)]` (Nowozin et al. 2016, section 3.2).
            critic_steps: critic updates for each update of encoder and decoder.
            split_batch: deal the batch out, a part to each critic update and one to encoder and
                decoder, instead of giving all of it to everyone.
            run_eagerly: step through Python, for debugging.
            jit_compile: True, False, or "auto": XLA where it pays.
            steps_per_execution: train steps in one compiled call.

        Raises:
            ValueError: on an unknown divergence or loss, naming the choices.
        """
        self._compiled.divergence = divergences.get(divergence)
        if decoder_loss not in DECODER_LOSSES:
            raise ValueError(f"decoder_loss must be one of {DECODER_LOSSES}, got {decoder_loss!r}.")
        self._compiled.decoder_loss = decoder_loss
        self.configure_players(
            {"divergence": self.divergence, "decoder_loss": decoder_loss},
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
        """Return minus the bound."""
        return tuple(-side for side in self.lower_bound(on_data, on_model))

    def encoder_loss(self, on_data: tf.Tensor) -> tf.Tensor:
        """Return the bound's side of data."""
        return self.divergence.output_activation(on_data)

    def decoder_loss(self, on_model: tf.Tensor) -> tf.Tensor:
        """Return the bound's side of the model, or the alternative loss."""
        if self._compiled.decoder_loss == "alternative":
            return fenchel.alternative_decoder_loss(self.divergence, on_model)
        return -self.divergence.conjugate_of_activation(on_model)

    def lower_bound(self, on_data: tf.Tensor, on_model: tf.Tensor) -> Pair:
        """Return the two sides of the bound."""
        return fenchel.lower_bound(self.divergence, on_data, on_model)
