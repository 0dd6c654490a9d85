"""Any f-divergence of joint distributions, with a density estimator for that of the data: f-GM."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv import divergences, metrics, random
from kfdiv.data import stream_of
from kfdiv.flows import Density
from kfdiv.models import checks
from kfdiv.models.adversarial import Pair
from kfdiv.models.all_or_nothing import all_or_nothing
from kfdiv.models.execution import repeat
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.optimization import Player, batch_mean
from kfdiv.models.registry import registry

# Locations and scales need no more.
_ADAPTATION_BATCHES = 1_000


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
            neither trained nor met data is adapted to the data by the first `fit`.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.

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
        >>> history = model.fit(kfdiv.data.load("grid9", batch_size=5_000), epochs=1, verbose=0)
        >>> model.density.log_prob(model.sample(3)).shape
        TensorShape([3])
    """

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
        self.density = checks.check_density_estimator(density, self.event_shape)
        self.bound_tracker = metrics.SumOfMeans(name="lower_bound")

    @all_or_nothing
    def compile(
        self,
        divergence: Any = "kl",
        encoder_optimizer: Any = None,
        decoder_optimizer: Any = None,
        density_optimizer: Any = None,
        *,
        density_steps: int = 1,
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
    ) -> None:
        """Choose the divergence, and the optimizers.

        Args:
            divergence: a name, an instance, a config, or a callable f; see `kfdiv.divergences.get`.
            encoder_optimizer: Adam(1e-3) by default.
            decoder_optimizer: Adam(1e-3) by default.
            density_optimizer: Adam(1e-3) by default.
            density_steps: updates of the density for each of encoder and decoder; the last one
                shares its gradient pass with them.
            run_eagerly: step through Python, for debugging.
            jit_compile: True, False, or "auto": XLA where it pays.
            steps_per_execution: train steps in one compiled call.

        Raises:
            ValueError: on an unknown divergence, naming the choices, and on one without curvature.
        """
        self._compiled.divergence = divergences.get(divergence)
        checks.check_curvature(self.divergence, "FGM")
        if not self._uses_unit_mass():
            for part in (self.encoder, self.decoder):
                checks.check_reparameterized(part, "FGM")
        self.density_steps = checks.check_count("density_steps", density_steps)
        networks = {"encoder": self.encoder, "decoder": self.decoder, "density": self.density}
        chosen = (encoder_optimizer, decoder_optimizer, density_optimizer)
        optimizers = self.build_optimizers(
            networks, chosen, lambda role: keras.optimizers.Adam(1e-3)
        )
        arguments = {"divergence": self.divergence, **optimizers}
        arguments["density_steps"] = self.density_steps
        self.configure(arguments, run_eagerly, jit_compile, steps_per_execution)

    @property
    def divergence(self) -> divergences.Divergence:
        """The divergence that `compile` was given."""
        return self._compiled.divergence

    def meet_data(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Adapt a density that is to train and knows nothing of the data yet."""
        if self.density.adapted or self.density_optimizer is None:
            return
        # Of a data set of ours, all examples; another may have no end.
        stream = stream_of(dataset)
        few = dataset.take(_ADAPTATION_BATCHES) if stream is None else stream.examples()
        self.density.adapt(few)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Move the density `density_steps` times, the last time together with the others."""
        x = self.unpack(data)
        density = Player(self.density_optimizer, self.density.trainable_variables, ascends=True)
        encoder = Player(self.encoder_optimizer, self.encoder.trainable_variables)
        decoder = Player(self.decoder_optimizer, self.decoder.trainable_variables)
        terms: dict[str, tf.Tensor] = {}

        def bound(index: int | tf.Tensor, terms: dict[str, tf.Tensor]) -> tf.Tensor:
            sides = self.lower_bound(x, self.draw_seed("bound", index), True, terms)
            return batch_mean(sides[0]) + batch_mean(sides[1])

        repeat(
            self.density_steps - 1,
            lambda index: self.minimize(lambda: bound(index + 1, {}), density),
        )
        self.minimize(lambda: bound(0, terms), encoder, decoder, density)
        total = tf.reduce_mean(terms["f'(u) on data"]) - tf.reduce_mean(terms["f*(f'(u)) on model"])
        return self.finish_step(total, terms)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Measure the lower bound on the divergence, and its standard error."""
        seed = self.evaluation_seed("bound", self.bound_tracker.count)
        self.bound_tracker.update_state(*self.lower_bound(self.unpack(data), seed, False, {}))
        bound, error = self.bound_tracker.result(), self.bound_tracker.standard_error()
        return {"loss": bound, "lower_bound": bound, "lower_bound_se": error}

    def lower_bound(
        self, x: tf.Tensor, seed: tf.Tensor, training: bool, terms: dict[str, tf.Tensor]
    ) -> Pair:
        """Return `f'(u)` on drawn pairs of data and `-f*(f'(u))` on pairs of the model.

        Args:
            x: data, shape `(batch, *event_shape)`.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.
            terms: receives the parts by name.

        Returns:
            Two tensors of shape `(batch,)`.
        """
        posterior = self.encoder.distribution(x, training=training)
        z = self.encoder.draw(posterior, random.fold(seed, 1))
        observation = self.decoder.distribution(z, training=training)
        terms["log u on data"] = log_u = self._log_ratio(x, z, posterior, observation, training)
        terms["f'(u) on data"] = on_data = self.divergence.f_prime(log_u)
        if self._uses_unit_mass():
            at_one = self.divergence.conjugate_of_f_prime(tf.zeros_like(log_u))
            terms["f*(f'(u)) on model"] = at_one
            return on_data, -at_one
        z = self.prior.draw(tf.shape(x)[0], random.fold(seed, 2))
        observation = self.decoder.distribution(z, training=training)
        x = self.decoder.draw(observation, random.fold(seed, 3))
        posterior = self.encoder.distribution(x, training=training)
        terms["log u on model"] = log_u = self._log_ratio(x, z, posterior, observation, training)
        terms["f*(f'(u)) on model"] = on_model = self.divergence.conjugate_of_f_prime(log_u)
        return on_data, -on_model

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        density = keras.saving.serialize_keras_object(self.density)
        return {**super().get_config(), "density": density}

    def _uses_unit_mass(self) -> bool:
        """Say whether f*(f'(u)) is a constant times u, whose mean over the model is known: one.

        So it is for forward KL, the divergence that is affine and needs no samples of the model, if
        p_eta integrates to one.
        """
        affine = self.divergence.affine and not self.divergence.uses_model_samples
        return affine and self.density.normalized

    def _log_ratio(
        self, x: tf.Tensor, z: tf.Tensor, posterior: Any, observation: Any, training: bool
    ) -> tf.Tensor:
        joint = observation.log_prob(x) + self.prior.distribution().log_prob(z)
        return self.density.log_prob(x, training=training) + posterior.log_prob(z) - joint
