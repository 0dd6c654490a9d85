"""Any f-divergence by the auxiliary variational upper bound, with spread noise."""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import data as data_lib
from kfdiv import distributions, divergences
from kfdiv import noise as noise_lib
from kfdiv.data import inputs
from kfdiv.models import checks, gradients
from kfdiv.models.auxiliary_bound import AuxiliaryBound, Sides
from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.registry import registry
from kfdiv.models.roles import OptimizerOf, Option, Role, Update


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
class VariationalFDivergence(GenerativeModel):
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
            one pass; a dict of `Empirical`'s arguments; or a density that is known, such as
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
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=700), epochs=1, verbose=0)
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
    noise_optimizer = OptimizerOf("noise")
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
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        self.noise = noise_lib.get(noise)
        self.data_density = distributions.get_data_density(data_density)
        self.data_density.check_noise(self.noise)
        if self.data_density.adapted:
            self._check_density_given_condition("data_density")
        self.auxiliary_bound = AuxiliaryBound(
            self.encoder, self.decoder, self.prior, self.noise, self.data_density
        )
        if self.noise is None:
            checks.check_density(self.decoder, "VariationalFDivergence without noise")
        self.check_observation()
        # The data whose density `fit` built: x, labels and weights; empty where it did not.
        self._adapted_to: list[weakref.ref | None] = []

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
            self._check_density_possible(divergence)
        return UpperBoundOptions(
            divergence,
            checks.check_count("encoder_steps", encoder_steps),
            checks.check_count("warmup_steps", warmup_steps, least=0),
            model_samples,
            checks.check_count("samples_per_latent", samples_per_latent),
        )

    @property
    def divergence(self) -> divergences.Divergence:
        """The divergence that `compile` was given."""
        return self.compiled_options.divergence

    @divergence.setter
    def divergence(self, value: Any) -> None:
        self.change_options(divergence=value)

    def width(self) -> tf.Tensor | None:
        """Return the width of the spread noise at this step, or None without noise."""
        return None if self.noise is None else self.noise.width(self.step.value)

    def xla_compatible(self) -> bool:
        """Say whether the data density compiles under XLA; a search outside the graph does not."""
        return self.data_density.xla_compatible

    def observation(self, z: Any, training: bool = False) -> tfp.distributions.Distribution:
        """Return p(y|z), which scores data in spread space."""
        return self.auxiliary_bound.observation(z, self.width(), training)

    # The data density ---------------------------------------------------------------------------

    def adapt(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        """Build p^(y) from one pass over the data.

        `fit` does so by itself where the divergence evaluates it. A model that was loaded has to be
        told before it is evaluated: data are not saved with it.

        Args:
            x: data, as of `fit`: finite, or a bounded part: `dataset.take(100)`.
            y: labels beside an array.
            sample_weight: weights beside an array.

        Raises:
            ValueError: if the data do not fit the model, or have no end, or the model is
                conditional on vectors.
        """
        self._check_density_given_condition("adapt")
        self._adapted_to = []
        dataset = inputs.as_dataset(
            x,
            y,
            sample_weight,
            drop_remainder=False,
            event_shape=self.event_shape,
            value_range=self.known_pixel_range(),
        )
        if inputs.is_endless(dataset):
            raise ValueError(
                "The density of the noised data is that of a finite data set, but the data have no "
                "end. Say which examples make it: model.adapt(dataset.take(100)), before fit."
            )
        self.check_data(dataset)
        # Of a data set of ours, all examples: the batches of an epoch may leave some out.
        stream = data_lib.stream_of(dataset)
        given = {} if self.condition is None else {"condition": self.condition}
        examples = dataset if stream is None else stream.examples()
        self.data_density.adapt(examples, self.noise, **given)
        # Traced functions hold the data that they were adapted to.
        self._version += 1
        self.test_function = None

    def prepare(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Build p^(y) if it is evaluated, and is not there yet or is of an earlier `fit`'s data."""
        source = source if isinstance(source, tuple) else (source,)
        other = bool(self._adapted_to) and not _refers(self._adapted_to, source)
        if self._needs_density(self.divergence) and (other or not self.data_density.adapted):
            if int(dataset.cardinality()) == tf.data.UNKNOWN_CARDINALITY:
                raise ValueError(
                    "The density of the noised data is that of a finite data set, and these data "
                    "may have no end. Say which examples make it: model.adapt(dataset.take(100)), "
                    "before fit."
                )
            self.adapt(dataset)
            self._adapted_to = [_weakly(part, dataset) for part in source]

    def _needs_density(self, divergence: divergences.Divergence) -> bool:
        """Say whether the gradient of some role depends on log p^(y).

        That of a learned noise always does: its width moves the data density, too.
        """
        return divergence.requires_data_density or self.noise_optimizer is not None

    def _check_density_possible(self, divergence: divergences.Divergence) -> None:
        if not (self.noise or self.data_density.adapted):
            raise ValueError(
                f"{type(divergence).__name__} evaluates the density of the data, and data "
                "points without noise have none. Pass noise=kfdiv.noise.Gaussian(0.5), or a "
                "density that is known: data_density=..."
            )
        self._check_density_given_condition(type(divergence).__name__)

    def _check_density_given_condition(self, who: str) -> None:
        if self.condition is None or self.data_density.is_known_given(self.condition):
            return
        raise ValueError(
            f"{who} needs the density of the noised data, which {type(self.data_density).__name__} "
            f"does not give for {self.condition.describe()}. Use forward KL, whose gradient does "
            "without; labels with data_density='exact'; or an objective with a critic: "
            "kfdiv.models.AGE or FGAN."
        )

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
        density = self._needs_density(divergence) and not (encoder_only and divergence.affine)
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

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise if the divergence evaluates the data density, and there can be none."""
        if divergence.requires_data_density:
            self._check_density_possible(divergence)

    def check_adapted(self, divergence: divergences.Divergence | None) -> None:
        """Raise if the divergence evaluates the data density, and it has not met its data.

        Of it that of the data met by `fit` or `adapt` is taken, whatever data are evaluated on;
        reverse KL looks at nothing else of the data.
        """
        divergence = self.divergence if divergence is None else divergence
        if divergence.requires_data_density:
            checks.check_adapted(self.data_density, divergence)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "noise": serialize(self.noise),
            "data_density": serialize(self.data_density),
        }

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


def _refers(references: Sequence[weakref.ref | None], source: Sequence[Any]) -> bool:
    """Say whether references are to these very parts."""
    found = [None if one is None else one() for one in references]
    return len(found) == len(source) and all(a is b for a, b in zip(found, source, strict=True))


def _weakly(source: Any, dataset: tf.data.Dataset) -> weakref.ref | None:
    """Refer to `source`, or if it cannot be referred to, as lists cannot, to what it was made."""
    if source is None:
        return None
    try:
        return weakref.ref(source)
    except TypeError:
        return weakref.ref(dataset)
