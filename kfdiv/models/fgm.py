"""Any f-divergence of joint distributions, with a density estimator for that of the data: f-GM."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import data as data_lib
from kfdiv import divergences, layer_losses, random
from kfdiv.data import inputs
from kfdiv.flows import Density
from kfdiv.losses.requirements import check_curvature
from kfdiv.models import checks, remedies
from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.registry import registry
from kfdiv.models.roles import OptimizerOf, Option, Role, Update

# Locations and scales need no more.
_ADAPTATION_BATCHES = 1_000


@dataclasses.dataclass(frozen=True)
class FGMOptions:
    """What `compile` was told.

    Args:
        divergence: D_f.
        density_steps: updates of the density for each of encoder and decoder.
    """

    divergence: divergences.Divergence
    density_steps: int


@registry.register("fgm")
@keras.saving.register_keras_serializable(package="kfdiv")
class FGM(GenerativeModel):
    """Plays `min max E_P[f'(u)] - E_Q[f*(f'(u))]`, `u = p_eta(x) q(z|x) / (p(x|z) p(z))`.

    P is p(x) q(z|x), the data with their latents, Q is p(z) p(x|z). The density p_eta ascends;
    encoder and decoder descend. By Fenchel's inequality this is at most `D_f(P || Q)`, with
    equality where p_eta is the density of the data, so that at the end the density can be used.
    With forward KL it is the VAE, beside maximum likelihood for p_eta.

    Source: Roquero Gimenez and Zou 2022, "A unified f-divergence framework generalizing VAE and
    GAN", definition II.2 and algorithm 1.

    Args:
        encoder: q(z|x), a `ConditionalDistribution` with a density, or a built network with `2 *
            latent_size` outputs.
        decoder: p(x|z), a `ConditionalDistribution` with a density and reparameterised draws.
        density: p_eta(x), from `kfdiv.flows`: a flow, or `Unnormalized(network)`. A flow that has
            neither trained nor met data is adapted to the data by the first `fit`. Of a conditional
            model it is p_eta(x|c), `Unnormalized` of a network of [x, c].
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`.

    Raises:
        ValueError: if encoder or decoder has no density, or the shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.FGM(
        ...     encoder=kfdiv.networks.mlp(2, [32], 4),
        ...     decoder=kfdiv.distributions.Normal(kfdiv.networks.mlp(2, [32], 2), scale=0.5),
        ...     density=kfdiv.flows.Unnormalized(kfdiv.networks.mlp(2, [32], 1)),
        ... )
        >>> model.compile(divergence="js")
        >>> history = model.fit(kfdiv.data.load("grid9", batch_size=50_000), epochs=1, verbose=0)
        >>> model.density.log_prob(model.sample(3)).shape
        TensorShape([3])
    """

    takes_condition: ClassVar[bool] = True
    roles: ClassVar[tuple[Role, ...]] = (
        Role("encoder"),
        Role("decoder", ("decoder", "prior")),
        Role("density", ascends=True),
    )

    encoder_optimizer = OptimizerOf("encoder")
    decoder_optimizer = OptimizerOf("decoder")
    density_optimizer = OptimizerOf("density")
    density_steps = Option()
    divergence = Option()

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        density: Density,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        for part in (self.encoder, self.decoder):
            checks.check_density(part, "FGM")
        self.density = checks.check_density_estimator(density, self.event_shape, self.condition)

    def options(self, divergence: Any = "kl", *, density_steps: int = 1) -> FGMOptions:
        """Check what `compile` was told.

        Args:
            divergence: a name, an instance, a config, or a callable f; see `kfdiv.divergences.get`.
            density_steps: updates of the density for each of encoder and decoder; the last one
                shares its gradient pass with them.

        Raises:
            ValueError: on an unknown divergence, naming the choices, and on one without curvature.
        """
        divergence = divergences.get(divergence)
        check_curvature(divergence, "FGM")
        if not self._uses_unit_mass(divergence):
            for part in (self.encoder, self.decoder):
                checks.check_reparameterized(part, "FGM")
        return FGMOptions(divergence, checks.check_count("density_steps", density_steps))

    def prepare(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Adapt a density that is to train and knows nothing of the data yet."""
        if self.density.adapted or self.density_optimizer is None:
            return
        stream = data_lib.stream_of(dataset)
        if inputs.is_one_shot(dataset):
            # What is read here would be lost to training.
            few = tf.data.Dataset.from_tensors(inputs.first_batch(dataset))
        else:
            # Of a data set of ours, all examples; another may have no end.
            few = dataset.take(_ADAPTATION_BATCHES) if stream is None else stream.examples()
        self.density.adapt(few)

    def updates(self) -> tuple[Update, ...]:
        """Return the density's own updates, then the one of all three together."""
        extra = self.compiled_options.density_steps - 1
        return (
            Update(("density",), extra, tag="bound", first=1),
            Update(("encoder", "decoder", "density"), tag="bound"),
        )

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the lower bound, which encoder and decoder descend and the density ascends."""
        bound, terms = self.lower_bound(batch, seed, training=True)
        return Losses(dict.fromkeys(roles, bound), terms=terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the lower bound on a divergence, at the density as it stands."""
        return Bound("lower", self.lower_bound(batch, seed, False, divergence)[0])

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise if the divergence has no curvature, which this bound lives by."""
        check_curvature(divergence, "FGM")

    def lower_bound(
        self,
        batch: Batch,
        seed: tf.Tensor,
        training: bool,
        divergence: divergences.Divergence | None = None,
    ) -> tuple[Expectation, dict[str, tf.Tensor]]:
        """Return `E_P[f'(u)] - E_Q[f*(f'(u))]` on drawn pairs of data and of the model.

        Args:
            batch: data.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.
            divergence: D_f; by default the one that is minimised.

        Returns:
            The two sides, and the parts by name.
        """
        divergence = self.divergence if divergence is None else divergence
        x, c = batch.x, batch.condition
        posterior = self.encoder.distribution(self.given(x, c), training=training)
        z = self.encoder.draw(posterior, random.fold(seed, 1))
        observation = self.decoder.distribution(self.given(z, c), training=training)
        log_u = self._log_ratio(x, z, c, posterior, observation, training)
        on_data = divergence.f_prime(log_u)
        terms = {
            "log u on data": batch.masked(log_u),
            "f'(u) on data": batch.masked(on_data),
        }
        if self._uses_unit_mass(divergence):
            on_model = divergence.conjugate_of_f_prime(tf.zeros_like(log_u))
        else:
            z = self.prior.draw(batch.size, random.fold(seed, 2))
            observation = self.decoder.distribution(self.given(z, c), training=training)
            x = self.decoder.draw(observation, random.fold(seed, 3))
            posterior = self.encoder.distribution(self.given(x, c), training=training)
            log_u = self._log_ratio(x, z, c, posterior, observation, training)
            terms["log u on model"] = log_u
            on_model = divergence.conjugate_of_f_prime(log_u)
        terms["f*(f'(u)) on model"] = on_model
        return Expectation(on_data, -on_model), terms

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        return [*super().remedies(), *remedies.of_divergence(self.divergence)]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        density = keras.saving.serialize_keras_object(self.density)
        return {**super().get_config(), "density": density}

    def _uses_unit_mass(self, divergence: divergences.Divergence) -> bool:
        """Say whether f*(f'(u)) is a constant times u, whose mean over the model is known: one.

        So it is for forward KL, the divergence that is affine and needs no samples of the model, if
        p_eta integrates to one.
        """
        affine = divergence.affine and not divergence.uses_model_samples
        return affine and self.density.normalized

    def _log_ratio(
        self,
        x: tf.Tensor,
        z: tf.Tensor,
        c: tf.Tensor | None,
        posterior: Any,
        observation: Any,
        training: bool,
    ) -> tf.Tensor:
        joint = observation.log_prob(x) + self.prior.distribution().log_prob(z)
        log_density = self.density.log_prob(self.given(x, c), training=training)
        layer_losses.record(self.density)
        return log_density + posterior.log_prob(z) - joint
