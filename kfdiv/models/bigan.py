"""Bidirectional GANs by their usual losses: minimax, logD and hinge."""

from __future__ import annotations

from typing import Any

import keras

from kfdiv import divergences
from kfdiv.losses import registry as losses
from kfdiv.losses.gan import GANLoss
from kfdiv.models.adversarial import Adversarial
from kfdiv.models.registry import registry
from kfdiv.models.roles import Option


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
        condition: as of `GenerativeModel`; the critic takes it last.

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.BiGAN(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3), critic=kfdiv.networks.mlp((3,), [32], 1)
        ... )
        >>> model.compile(game="hinge")
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> model.divergence
        TotalVariation()
    """

    game = Option()

    def adversarial_loss(self, divergence: Any = None, *, game: str = "logd") -> GANLoss:
        """Return the loss that `compile` was told of.

        Args:
            divergence: that of the game, or None.
            game: "minimax", "logd" or "hinge".

        Raises:
            ValueError: on an unknown game, naming the choices, and on a divergence that is not the
                game's.
        """
        kind = losses.get(game)
        if not issubclass(kind, GANLoss):
            games = [name for name in losses if issubclass(losses[name], GANLoss)]
            raise ValueError(f"BiGAN has no game {game!r}. Choose from: {', '.join(games)}.")
        loss = kind()
        if divergence is not None and repr(divergences.get(divergence)) != repr(loss.bounded):
            raise ValueError(
                f"BiGAN plays {game!r}, which is for {loss.bounded!r}, and cannot minimise "
                f"{divergences.get(divergence)!r}. Leave the divergence out, or use "
                "kfdiv.models.AGE or FGAN."
            )
        return loss
