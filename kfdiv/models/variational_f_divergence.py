"""Any f-divergence by the auxiliary variational upper bound, with spread noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import divergences
from kfdiv.models import checks, gradients
from kfdiv.models.auxiliary_bound import AuxiliaryBound, Sides
from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.registry import registry
from kfdiv.models.roles import OptimizerOf, Option, Role, Update
from kfdiv.models.spread_model import SpreadModel


@dataclasses.dataclass(frozen=True)
class UpperBoundOptions:
    """What `compile` was told; see `VariationalFDivergence.options`."""

    divergence: divergences.Divergence
    encoder_steps: int
    warmup_steps: int
    model_samples: int | None
    samples_per_latent: int


@registry.register("variational_f_divergence")
@keras.saving.register_keras_serializable(package="kfdiv")
class VariationalFDivergence(SpreadModel):
    """Minimises `D_f(p^(y) q(z|y) || p(y|z) p(z)) >= D_f(p^(y) || p(y))`, for any registered f.

    Data and model are compared in spread space, y = x + noise, where both have a density whatever
    the decoder. With `u = p^(y) q(z|y) / (p(y|z) p(z))` the bound is `E_P[a(log u)] + E_Q[b(log
    u)]`, the divergence's low-variance split: P draws a data point, noises and encodes it; Q draws
    a latent, decodes and noises it. The bound is tight when q(z|y) is the model's posterior.
    Without noise, y = x, and the decoder needs a density.

    Source: Zhang et al. 2019, eq. 8-10, in the order of arguments of their Table 1, data first;
    eq. 9 and 10 write the model first.

    Args:
        encoder: q(z|y), a `ConditionalDistribution` or a built network with `2 * latent_size`
            outputs.
        decoder: p(x|z), a `ConditionalDistribution`, or a built network: a deterministic, implicit
            model.
        noise: spread noise p(y|x): `kfdiv.noise.Gaussian(0.5)`, a number (its width), or None.
        prior: p(z); standard normal by default.
        data_density: p^(y), for divergences that evaluate it. "exact" (default), "pca" or "index":
            the noised data set by that method (`kfdiv.distributions.Empirical`), met by `fit` in
            one pass; a dict of `Empirical`'s arguments; "minibatch", the step's batch in its place,
            which is biased (`kfdiv.distributions.MinibatchData`); or a density that is known, as
            `kfdiv.distributions.GaussianMixture`. Given labels it is p^(y|c), the mixture over
            the examples that have the label; given vectors it is not known.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`.

    Raises:
        ValueError: if p(y|z) has no density, or the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.VariationalFDivergence(
        ...     encoder=kfdiv.networks.mlp((3,), [32], 4),
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3),
        ...     noise=kfdiv.noise.Gaussian(0.5),
        ... )
        >>> model.compile(divergence="rkl")
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> model.sample(5).shape
        TensorShape([5, 3])
    """

    takes_condition: ClassVar[bool] = True
    roles: ClassVar[tuple[Role, ...]] = (
        Role("encoder"),
        Role("decoder", ("decoder", "prior")),
        Role("noise", ascends=True),
    )

    encoder_optimizer = OptimizerOf("encoder")
    decoder_optimizer = OptimizerOf("decoder")
    encoder_steps = Option()
    warmup_steps = Option()
    model_samples = Option()
    samples_per_latent = Option()

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        noise: Any = None,
        prior: keras.layers.Layer | None = None,
        data_density: Any = "exact",
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, noise, prior, data_density, seed, name, **kwargs)
        self.auxiliary_bound = AuxiliaryBound(
            self.encoder, self.decoder, self.prior, self.noise, self.data_density
        )
        if self.noise is None:
            checks.check_density(self.decoder, "VariationalFDivergence without noise")
        self.check_observation()

    def options(
        self,
        divergence: Any = "kl",
        *,
        encoder_steps: int = 1,
        warmup_steps: int = 0,
        model_samples: int | None = None,
        samples_per_latent: int = 1,
    ) -> UpperBoundOptions:
        """Check what `compile` was told.

        Args:
            divergence: a name, an instance, a config, or a callable f; see `kfdiv.divergences.get`.
            encoder_steps: encoder updates for each decoder update; the last one shares its gradient
                pass with the decoder. More keep the bound tight (Zhang et al. 2019, section 3; 20
                in 3.2 and 3.3).
            warmup_steps: decoder steps of forward KL before the divergence: a start that covers the
                data.
            model_samples: latents drawn from the prior a step; the batch size by default.
            samples_per_latent: draws y ~ p(y|z) for each of them (Zhang et al. 2019, section 3.1:
                10).

        Raises:
            ValueError: on an unknown divergence, naming the choices, on counts below one, and on a
                decoder of discrete data where gradients must pass through its draws.
        """
        divergence = divergences.get(divergence)
        if model_samples is not None:
            model_samples = checks.check_count("model_samples", model_samples)
            checks.check_split(self, "model_samples", model_samples)
        if divergence.uses_model_samples:
            checks.check_reparameterized(self.decoder, "VariationalFDivergence")
        if divergence.requires_data_density:
            self.check_density_possible(divergence)
        return UpperBoundOptions(
            divergence,
            checks.check_count("encoder_steps", encoder_steps),
            checks.check_count("warmup_steps", warmup_steps, least=0),
            model_samples,
            checks.check_count("samples_per_latent", samples_per_latent),
        )

    def observation(self, z: Any, training: bool = False) -> tfp.distributions.Distribution:
        """Return p(y|z), which scores data in spread space."""
        return self.auxiliary_bound.observation(z, self.width(), training)

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        found = super().remedies()
        if not (self.warmup_steps or isinstance(self.divergence, divergences.KL)):
            found += ["begin by forward KL, compile(warmup_steps=1_000)"]
        return found

    # Steps --------------------------------------------------------------------------------------

    def updates(self) -> tuple[Update, ...]:
        """Return the encoder's own updates, then the one of all together."""
        extra = self.compiled_options.encoder_steps - 1
        return (
            Update(("encoder",), extra, tag="bound", first=1),
            Update(("encoder", "decoder", "noise"), tag="bound"),
        )

    def take_gradients(
        self, roles: Sequence[Role], batch: Batch, seed: tf.Tensor
    ) -> gradients.Gradients:
        """Return the gradients of the bound: forward KL's during warm-up, then the divergence's."""

        def of(divergence: divergences.Divergence) -> gradients.Gradients:
            names = [role.name for role in roles]
            return gradients.take(
                self, roles, batch, lambda: self._bound_losses(divergence, batch, seed, names)
            )

        if not self.compiled_options.warmup_steps:
            return of(self.divergence)
        # Gradients are taken within the branches: those of a `tf.cond` need not exist.
        return gradients.choose(
            self.step.value < self.compiled_options.warmup_steps,
            lambda: of(divergences.get("kl")),
            lambda: of(self.divergence),
        )

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the bound, which encoder and decoder descend and a learned noise ascends."""
        return self._bound_losses(self.divergence, batch, seed, roles)

    def _bound_losses(
        self,
        divergence: divergences.Divergence,
        batch: Batch,
        seed: tf.Tensor,
        roles: Sequence[str],
    ) -> Losses:
        encoder_only = list(roles) == ["encoder"]
        # Where the integrands are affine in log u, log p^(y) adds the encoder a constant.
        density = self.needs_density(divergence) and not (encoder_only and divergence.affine)
        # The width is read here, under the tape, so that a learned one receives its gradient.
        sides = self._sample(divergence, batch, seed, True, density, not encoder_only)
        bound = Expectation(sides.data, sides.model)
        return Losses(dict.fromkeys(roles, bound), terms=sides.terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the upper bound on a divergence.

        Where the data density is not known (forward KL alone), the figure is the negative ELBO in
        spread space, which differs from the bound by the entropy of the data, and is named so.
        """
        divergence = self.divergence if divergence is None else divergence
        known = self.data_density.adapted
        sides = self._sample(divergence, batch, seed, False, known, False)
        return Bound("upper" if known else "negative_elbo", Expectation(sides.data, sides.model))

    def _sample(
        self,
        divergence: divergences.Divergence,
        batch: Batch,
        seed: tf.Tensor,
        training: bool,
        density: bool,
        differentiable: bool,
    ) -> Sides:
        replicas = self.distribute_strategy.num_replicas_in_sync
        count = self.compiled_options.model_samples
        return self.auxiliary_bound.sample(
            divergence,
            batch,
            self.width(),
            seed,
            training=training,
            density=density,
            differentiable=differentiable,
            model_samples=batch.size if count is None else count // replicas,
            samples_per_latent=self.compiled_options.samples_per_latent,
        )
