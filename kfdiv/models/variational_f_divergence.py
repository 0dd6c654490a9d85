"""Any f-divergence by the auxiliary variational upper bound, with spread noise."""

from __future__ import annotations

import weakref
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import distributions, divergences, metrics
from kfdiv import noise as noise_lib
from kfdiv.data import stream_of
from kfdiv.data.inputs import as_dataset
from kfdiv.models import checks, optimization
from kfdiv.models.all_or_nothing import all_or_nothing
from kfdiv.models.auxiliary_bound import AuxiliaryBound, Sides
from kfdiv.models.execution import repeat
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.optimization import Player, batch_mean
from kfdiv.models.registry import registry


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
            `kfdiv.distributions.GaussianMixture`.
        seed: seeds every draw.
        name: the model's name.

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
        self.bound = AuxiliaryBound(
            self.encoder, self.decoder, self.prior, self.noise, self.data_density
        )
        if self.noise is None:
            checks.check_density(self.decoder, "VariationalFDivergence without noise")
        self.observation(tf.zeros((1, self.prior.size)))  # raises where p(y|z) has no closed form
        self.bound_tracker = metrics.SumOfMeans(name="bound")
        # Whose density `fit` built; None where it did not.
        self._met: weakref.ref | None = None

    @all_or_nothing
    def compile(
        self,
        divergence: Any = "kl",
        encoder_optimizer: Any = None,
        decoder_optimizer: Any = None,
        *,
        noise_optimizer: Any = None,
        encoder_steps: int = 1,
        warmup_steps: int = 0,
        model_samples: int | None = None,
        samples_per_latent: int = 1,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
    ) -> None:
        """Choose the divergence, and how its bound is minimised.

        Args:
            divergence: a name, an instance, a config, or a callable f; see `kfdiv.divergences.get`.
            encoder_optimizer: Adam(1e-3) by default.
            decoder_optimizer: Adam(1e-3) by default.
            noise_optimizer: of a learned noise, which *ascends* the bound; Adam(1e-3) by default.
            encoder_steps: encoder updates for each decoder update; the last one shares its gradient
                pass with the decoder. More keep the bound tight (Zhang et al. 2019, section 3; 20
                in 3.2 and 3.3).
            warmup_steps: decoder steps of forward KL before the divergence: a start that covers the
                data.
            model_samples: latents drawn from the prior a step; the batch size by default.
            samples_per_latent: draws y ~ p(y|z) for each of them (Zhang et al. 2019, section 3.1:
                10).
            run_eagerly: step through Python, for debugging.
            jit_compile: True, False, or "auto": XLA where it pays.
            steps_per_execution: train steps in one compiled call; 50 makes small networks several
                times faster.

        Raises:
            ValueError: on an unknown divergence, naming the choices, on counts below one, and on a
                decoder of discrete data where gradients must pass through its draws.
        """
        # Not an attribute of the model itself, which Keras would track as one of its layers.
        self._compiled.divergence = divergences.get(divergence)
        self.encoder_steps = checks.check_count("encoder_steps", encoder_steps)
        self.warmup_steps = checks.check_count("warmup_steps", warmup_steps, least=0)
        self.samples_per_latent = checks.check_count("samples_per_latent", samples_per_latent)
        self.model_samples = None
        if model_samples is not None:
            self.model_samples = checks.check_count("model_samples", model_samples)
            checks.check_split(self, "model_samples", self.model_samples)
        if self.divergence.uses_model_samples:
            checks.check_reparameterized(self.decoder, "VariationalFDivergence")
        if self.divergence.requires_data_density and not (self.noise or self.data_density.adapted):
            raise ValueError(
                f"{type(self.divergence).__name__} evaluates the density of the data, and data "
                "points without noise have none. Pass noise=kfdiv.noise.Gaussian(0.5), or a "
                "density that is known: data_density=..."
            )
        networks = {"encoder": self.encoder, "decoder": self.decoder, "noise": self.noise}
        chosen = (encoder_optimizer, decoder_optimizer, noise_optimizer)
        optimizers = self.build_optimizers(
            networks, chosen, lambda role: keras.optimizers.Adam(1e-3)
        )
        arguments = {"divergence": self.divergence, **optimizers}
        arguments |= {
            "encoder_steps": self.encoder_steps,
            "warmup_steps": self.warmup_steps,
            "model_samples": self.model_samples,
            "samples_per_latent": self.samples_per_latent,
        }
        self.configure(arguments, run_eagerly, jit_compile, steps_per_execution)

    @property
    def divergence(self) -> divergences.Divergence:
        """The divergence that `compile` was given."""
        return self._compiled.divergence

    def width(self) -> tf.Tensor | None:
        """Return the width of the spread noise at this step, or None without noise."""
        return None if self.noise is None else self.noise.width(self.step.value)

    def xla_compatible(self) -> bool:
        """Say whether the data density compiles under XLA; a search outside the graph does not."""
        return self.data_density.xla_compatible

    def adapt(self, dataset: Any) -> None:
        """Meet the data: build p^(y) from one pass over `dataset`.

        `fit` does it by itself for its own data, anew for other data than the last time. What was
        met here stays.

        Args:
            dataset: a `tf.data.Dataset` of batches `x` or `(x, y)`, or an array.
        """
        self._met = None
        dataset = as_dataset(dataset, drop_remainder=False)
        self.check_data(dataset)
        # Of a data set of ours, all examples: the batches of an epoch may leave some out.
        stream = stream_of(dataset)
        self.data_density.adapt(dataset if stream is None else stream.examples(), self.noise)
        # Traced functions hold the data set that they met.
        self.train_function = self.test_function = None

    def meet_data(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Build p^(y) if it is evaluated, and is not there yet or is of an earlier `fit`'s data."""
        other = self._met is not None and self._met() is not source
        if self._needs_density(self.divergence) and (other or not self.data_density.adapted):
            self.adapt(dataset)
            self._met = _weakly(source, dataset)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Step the encoder `encoder_steps` times, the decoder (and a learned noise) once."""
        x = self.unpack(data)
        encoder = Player(self.encoder_optimizer, self.encoder.trainable_variables)
        players = [encoder, Player(self.decoder_optimizer, self.decoder.trainable_variables)]
        if self.noise_optimizer is not None:
            variables = self.noise.trainable_variables
            players.append(Player(self.noise_optimizer, variables, ascends=True))
        repeat(self.encoder_steps - 1, lambda index: self._move([encoder], x, index + 1))
        sides = self._move(players, x, 0)
        loss = tf.reduce_mean(sides.data) + tf.reduce_mean(sides.model)
        return self.finish_step(loss, sides.terms)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Measure the bound and its standard error on a batch.

        Where the data density is not known (forward KL alone), the figure is the negative ELBO in
        spread space, which differs from the bound by the entropy of the data, and is named so.
        """
        known = self.data_density.adapted
        name = "bound" if known else "negative_elbo"
        seed = self.evaluation_seed("bound", self.bound_tracker.count)
        x = self.unpack(data)
        sides = self._sample(self.divergence, x, self.width(), seed, False, known, False)
        self.bound_tracker.update_state(sides.data, sides.model)
        bound = self.bound_tracker.result()
        return {"loss": bound, name: bound, f"{name}_se": self.bound_tracker.standard_error()}

    def evaluate(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Measure the bound on a data set; arguments as `keras.Model.evaluate`.

        Of the data density, where the divergence evaluates it, that of the data met by `fit` or
        `adapt` is taken, whatever `x` is; reverse KL looks at nothing else of the data.

        Raises:
            ValueError: if the divergence evaluates the data density, and there is none: the data
                are not saved with a model.
        """
        if self.compiled and self.divergence.requires_data_density:
            checks.check_adapted(self.data_density, self.divergence)
        return super().evaluate(x, *args, **kwargs)

    def observation(self, z: tf.Tensor, training: bool = False) -> tfp.distributions.Distribution:
        """Return p(y|z), which scores data in spread space."""
        return self.bound.observation(z, self.width(), training)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "noise": serialize(self.noise),
            "data_density": serialize(self.data_density),
        }

    def _needs_density(self, divergence: divergences.Divergence) -> bool:
        """Say whether the gradient of some player depends on log p^(y).

        That of a learned noise always does: its width moves the data density, too.
        """
        return divergence.requires_data_density or self.noise_optimizer is not None

    def _move(self, players: list[Player], x: tf.Tensor, index: int | tf.Tensor) -> Sides:
        """Step the players on the bound: forward KL's during warm-up, then the divergence's."""
        seed = self.draw_seed("bound", index)
        encoder_only = len(players) == 1

        def step(divergence: divergences.Divergence) -> tuple[list[list[tf.Tensor]], Sides]:
            # Where the integrands are affine in log u, log p^(y) adds the encoder a constant.
            density = self._needs_density(divergence) and not (encoder_only and divergence.affine)
            kept: list[Sides] = []

            def bound() -> tf.Tensor:
                # The width is read under the tape, so that a learned one receives its gradient.
                kept.append(
                    self._sample(divergence, x, self.width(), seed, True, density, not encoder_only)
                )
                return batch_mean(kept[0].data) + batch_mean(kept[0].model)

            _, grads = optimization.gradients(bound, players)
            return grads, kept[0]

        if self.warmup_steps:
            # Gradients are taken within the branches: those of a `tf.cond` need not exist.
            grads, sides = tf.cond(
                self.step.value < self.warmup_steps,
                lambda: step(divergences.get("kl")),
                lambda: step(self.divergence),
            )
        else:
            grads, sides = step(self.divergence)
        optimization.apply(players, grads)
        return sides

    def _sample(
        self,
        divergence: divergences.Divergence,
        x: tf.Tensor,
        width: tf.Tensor | None,
        seed: tf.Tensor,
        training: bool,
        density: bool,
        differentiable: bool,
    ) -> Sides:
        replicas = self.distribute_strategy.num_replicas_in_sync
        count = tf.shape(x)[0] if self.model_samples is None else self.model_samples // replicas
        return self.bound.sample(
            divergence,
            x,
            width,
            seed,
            training=training,
            density=density,
            differentiable=differentiable,
            model_samples=count,
            samples_per_latent=self.samples_per_latent,
        )


def _weakly(source: Any, dataset: tf.data.Dataset) -> weakref.ref:
    """Refer to `source`, or if it cannot be referred to, as lists cannot, to what it was made."""
    try:
        return weakref.ref(source)
    except TypeError:
        return weakref.ref(dataset)
