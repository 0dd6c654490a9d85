"""Any f-divergence by Fenchel's lower bound: f-GAN."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import fenchel
from kfdiv.models import checks
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

    Options of `compile`:
        decoder_loss: "saturating", which descends the bound, or "alternative", which ascends
            `E_Q[g_f(v)]` (Nowozin et al. 2016, section 3.2).

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

    def choose(self, divergence: Any = None, decoder_loss: str = "saturating") -> dict[str, Any]:
        """See `Adversarial.choose`.

        Raises:
            ValueError: on an unknown loss, naming the choices.
        """
        self._compiled.divergence = divergences.get("kl" if divergence is None else divergence)
        checks.check_slope(self.divergence, "FGAN")
        if decoder_loss not in DECODER_LOSSES:
            raise ValueError(f"decoder_loss must be one of {DECODER_LOSSES}, got {decoder_loss!r}.")
        self._compiled.decoder_loss = decoder_loss
        return {"divergence": self.divergence, "decoder_loss": decoder_loss}

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
