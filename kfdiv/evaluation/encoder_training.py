"""A fresh encoder, fitted to a finished decoder: it tightens the auxiliary bound."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import distributions, divergences, networks
from kfdiv.evaluation.against_model import AgainstModel
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.seeding import draw_weights
from kfdiv.evaluation.spread import Spread
from kfdiv.models import GenerativeModel, checks
from kfdiv.models.auxiliary_bound import AuxiliaryBound, Sides
from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role


@dataclasses.dataclass(frozen=True)
class FixedDecoder:
    """A decoder as it is in use, whoever trains beside it: its dropout is off, its weights stay.

    Args:
        decoder: p(x|z); in a dataclass, as Keras would track it as a part of who has it.
    """

    decoder: distributions.ConditionalDistribution

    def distribution(self, z: tf.Tensor, training: bool = False) -> tfp.distributions.Distribution:
        """Return p(x|z)."""
        del training
        return self.decoder.distribution(z, training=False)

    def draw(self, distribution: tfp.distributions.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Draw from what `distribution` returned."""
        return self.decoder.draw(distribution, seed)


class EncoderTraining(AgainstModel):
    """Trains an encoder q(z|y), and nothing else, to descend the auxiliary bound.

    `D_f(p^(y) || p(y)) <= D_f(p^(y) q(z|y) || p(y|z) p(z))`, which is tight where q(z|y) is the
    model's posterior.

    Source: Zhang et al. 2019, eq. 8-10, in the order of arguments of their Table 1, data first.

    Args:
        model: whose decoder is fitted to; it is left as it is.
        encoder: q(z|y), a `ConditionalDistribution`, or a built network with `2 * latent_size`
            outputs.
        spread: the noise.
        density: p^(y), the density of the noised data.
        seed: of the draws.
    """

    roles: ClassVar[tuple[Role, ...]] = (Role("encoder", keyword="optimizer"),)
    new_draws: ClassVar[bool] = True

    def __init__(
        self,
        model: GenerativeModel,
        encoder: keras.layers.Layer,
        spread: Spread,
        density: distributions.Empirical,
        seed: int,
    ) -> None:
        super().__init__(model, seed)
        size = model.prior.size
        self.encoder = distributions.get(encoder, role="encoder", latent_size=size)
        checks.check_networks(model.decoder, self.encoder, model.prior)
        self._spread = spread
        self._auxiliary_bound = AuxiliaryBound(
            self.encoder, FixedDecoder(model.decoder), model.prior, spread.noise, density
        )

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the bound, without log p^(y) where that is a constant of the encoder."""
        divergence = self.compiled_options.divergence
        density = divergence.requires_data_density and not divergence.affine
        sides = self._sample(batch, seed, training=True, density=density)
        return Losses({"encoder": Expectation(sides.data, sides.model)}, terms=sides.terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the bound."""
        sides = self._sample(batch, seed, training=False, density=True)
        return Bound("upper", Expectation(sides.data, sides.model))

    def estimate(self, dataset: Any) -> Estimate:
        """Return the bound on a whole data set."""
        return self.measured(dataset, "bound")

    def _sample(self, batch: Batch, seed: tf.Tensor, *, training: bool, density: bool) -> Sides:
        return self._auxiliary_bound.sample(
            self.compiled_options.divergence,
            batch,
            self._spread.width,
            seed,
            training=training,
            density=density,
            # The decoder is fixed: no gradient passes through y.
            differentiable=False,
            model_samples=batch.size,
        )


def fresh_encoder(event_shape: tuple[int, ...], latent_size: int, seed: int) -> keras.Model:
    """Return an untrained Gaussian encoder of flattened x, two hidden layers of 128 units.

    Args:
        event_shape: of x.
        latent_size: of z.
        seed: of which alone its weights are a function.
    """
    network = networks.mlp(event_shape, [128] * 2, 2 * latent_size, activation="silu")
    draw_weights(network, seed)
    return network
