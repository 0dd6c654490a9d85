"""Any f-divergence by Fenchel's lower bound: f-GAN."""

from __future__ import annotations

from typing import Any

import keras

from kfdiv.losses.fenchel import Fenchel
from kfdiv.models import remedies
from kfdiv.models.adversarial import Adversarial
from kfdiv.models.registry import registry
from kfdiv.models.roles import Option


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
        condition: as of `GenerativeModel`; the critic takes it last.

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.FGAN(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3), critic=kfdiv.networks.mlp((3,), [32], 1)
        ... )
        >>> model.compile(divergence="js")
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> model.sample(5).shape
        TensorShape([5, 3])
    """

    decoder_loss = Option()

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        return [*super().remedies(), *remedies.of_divergence(self.divergence)]

    def adversarial_loss(
        self, divergence: Any = "kl", *, decoder_loss: str = "saturating"
    ) -> Fenchel:
        """Return the loss that `compile` was told of.

        Args:
            divergence: a name, an instance, a config, or a callable f, as `kfdiv.divergences.get`
                takes it.
            decoder_loss: "saturating", which descends the bound, or "alternative", which ascends
                `E_Q[g_f(v)]` (Nowozin et al. 2016, section 3.2).
        """
        return Fenchel("kl" if divergence is None else divergence, decoder_loss)
