"""Adversarial variational Bayes: the ELBO of an encoder that has no density."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import divergences, random
from kfdiv.arguments import check_left_out
from kfdiv.losses import logistic
from kfdiv.models import checks, evidence
from kfdiv.models.batch import Batch
from kfdiv.models.critic_model import CriticModel
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.registry import registry
from kfdiv.models.roles import OptimizerOf, Option, Role, Update

# Of encoders without density, unless told.
_MOMENT_DRAWS = 64


@dataclasses.dataclass(frozen=True)
class AVBOptions:
    """What `compile` was told.

    Args:
        adaptive_contrast: whether the critic compares the posterior with its Gaussian likeness.
        critic_steps: critic updates a step.
        moment_draws: from which the moments of an encoder without density are estimated; None
            where none are, or for the default.
        divergence: forward KL.
    """

    adaptive_contrast: bool
    critic_steps: int
    moment_draws: int | None
    divergence: divergences.Divergence


class Terms(NamedTuple):
    """The parts of the negative ELBO, and what the critic says of draws that are not codes.

    Attributes:
        reconstruction: -log p(x|z), shape `(batch,)`.
        kl: the estimate of log q(z|x) / p(z) at the same z, shape `(batch,)`.
        on_codes: the critic's output on (x, z), z ~ q(z|x).
        on_contrast: on (x, z), z of the prior, or of the posterior's Gaussian likeness.
    """

    reconstruction: tf.Tensor
    kl: tf.Tensor
    on_codes: tf.Tensor
    on_contrast: tf.Tensor


@registry.register("avb")
@keras.saving.register_keras_serializable(package="kfdiv")
class AVB(CriticModel):
    """Minimises `-E_q(z|x)[log p(x|z) - T(x, z)]`, the critic T an estimate of log q(z|x) / p(z).

    The critic is a classifier of pairs (x, z), z ~ q(z|x), against the same x with z ~ p(z); its
    output is high on codes. The encoder needs draws alone: `kfdiv.distributions.Implicit`.

    With `adaptive_contrast` the critic compares q(z|x) with the Gaussian r(z|x) of its mean and
    standard deviation instead, which is near, and sees z standardised by them; log r(z|x) / p(z) is
    added in closed form. The moments are taken as constants. Those of an encoder without density
    are estimated from `moment_draws` further draws, another r each time, which the critic does not
    see: even at its optimum the KL is then too low, of a Gaussian posterior by about one nat in
    `moment_draws` for every latent.

    The gradients of all are taken before anyone moves. `evaluate` reports the negative ELBO with
    the critic's estimate of the KL in it: no bound, as far as the critic is not optimal. Source:
    Mescheder et al. 2017, algorithms 1 and 2; Shen et al., section 4.1; Rosca et al. 2018, section
    6.1.

    Args:
        encoder: q(z|x), any `ConditionalDistribution` with noise in it, or a built network with
            `2 * latent_size` outputs.
        decoder: p(x|z), a `ConditionalDistribution` with a density.
        critic: a built network of [x, z] with one output; the condition, if there is one, comes
            last.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        **kwargs: as of `GenerativeModel`.

    Raises:
        ValueError: if the decoder has no density, the encoder no noise, or shapes do not fit.

    Example:
        >>> import keras, kfdiv
        >>> x, noise = keras.Input((3,)), keras.Input((2,))
        >>> z = keras.layers.Dense(2)(keras.layers.Concatenate()([x, noise]))
        >>> encoder = kfdiv.distributions.Implicit(keras.Model([x, noise], z))
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(2, [8], 3), scale=0.5)
        >>> model = kfdiv.models.AVB(encoder, decoder, kfdiv.networks.joint_critic(3, 2, [8]))
        >>> model.compile(adaptive_contrast=True)
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> sorted(history.history)
        ['critic_loss', 'kl', 'loss', 'reconstruction_loss']
    """

    roles: ClassVar[tuple[Role, ...]] = (
        Role("critic", learning_rate=1e-3, beta_1=0.5),
        Role("encoder", learning_rate=1e-3, beta_1=0.5),
        Role("decoder", ("decoder", "prior"), learning_rate=1e-3, beta_1=0.5),
    )
    log_names: ClassVar[tuple[str, ...]] = ("reconstruction_loss", "kl", "critic_loss")
    evaluation_tag: ClassVar[str] = "posterior"

    critic_optimizer = OptimizerOf("critic")
    encoder_optimizer = OptimizerOf("encoder")
    decoder_optimizer = OptimizerOf("decoder")
    adaptive_contrast = Option()
    moment_draws = Option()
    divergence = Option()

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        critic: keras.Model,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        self.check_observation()
        checks.check_fixed_prior(self.prior, type(self).__name__)
        checks.check_reparameterized(self.encoder, type(self).__name__)
        checks.check_noise(self.encoder, type(self).__name__)
        self.critic = self.pair_critic(critic)

    def options(
        self,
        *,
        adaptive_contrast: bool = False,
        critic_steps: int = 1,
        moment_draws: int | None = None,
        divergence: Any = "kl",
    ) -> AVBOptions:
        """Check what `compile` was told.

        Args:
            adaptive_contrast: compare q(z|x) with the Gaussian of its moments, not with the prior.
            critic_steps: critic updates a step, the last with encoder and decoder.
            moment_draws: for adaptive contrast with an encoder that has no density: the draws of
                q(z|x) from which its moments are estimated, by default 64; at least 6: with fewer,
                what is standardised by them has no variance.
            divergence: forward KL, which the ELBO bounds; any other is refused.

        Raises:
            ValueError: if there are no such moments, but `moment_draws` were given; or the
                divergence is another.
        """
        adaptive_contrast = checks.check_flag("adaptive_contrast", adaptive_contrast)
        critic_steps = checks.check_count("critic_steps", critic_steps)
        if moment_draws is not None:
            moment_draws = checks.check_count("moment_draws", moment_draws, least=6)
            self._check_estimates_moments(adaptive_contrast, moment_draws)
        return AVBOptions(
            adaptive_contrast, critic_steps, moment_draws, evidence.forward_kl(divergence)
        )

    def updates(self) -> tuple[Update, ...]:
        """Return the critic's further updates, then the one of all together."""
        further = self.compiled_options.critic_steps - 1
        return (
            Update(("critic",), further, tag="critic"),
            Update(("critic", "encoder", "decoder"), tag="posterior"),
        )

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the critic's logistic loss, and the negative ELBO of encoder and decoder."""
        found = self.terms(batch, seed, training=True)
        # Both sides look at x of the data, so both are averaged over the data.
        critic = Expectation(tf.add_n(logistic.critic_losses(found.on_codes, found.on_contrast)))
        elbo = Expectation(found.reconstruction + found.kl)
        logs = {"critic_loss": critic.told()}
        if "encoder" in roles:
            logs["reconstruction_loss"] = Expectation(found.reconstruction)
            logs["kl"] = Expectation(found.kl)
        terms = {
            "-log p(x|z)": batch.masked(found.reconstruction),
            "log q(z|x) / p(z)": batch.masked(found.kl),
            "critic loss": batch.masked(critic.data),
        }
        of = {"critic": critic, "encoder": elbo, "decoder": elbo}
        return Losses({role: of[role] for role in roles}, logs, terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the negative ELBO, by the critic's estimate of the KL."""
        found = self.terms(batch, seed, training=False)
        logs = {
            "reconstruction_loss": Expectation(found.reconstruction),
            "kl": Expectation(found.kl),
        }
        return Bound(
            "negative_elbo_estimate", Expectation(found.reconstruction + found.kl), logs=logs
        )

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic is worth; see `critic_value.HasCriticValue`."""
        found = self.terms(batch, seed, False, lambda pair: score(critic, pair, training))
        loss = tf.add_n(logistic.critic_losses(found.on_codes, found.on_contrast))
        elbo = Bound("negative_elbo_estimate", Expectation(found.reconstruction + found.kl))
        return CriticValue(Expectation(loss), Expectation(), elbo)

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise: the negative ELBO bounds no divergence."""
        evidence.check_bound(divergence)

    def terms(
        self,
        batch: Batch,
        seed: tf.Tensor,
        training: bool,
        critic: Callable[[list[tf.Tensor | None]], tf.Tensor] | None = None,
    ) -> Terms:
        """Return the parts of the negative ELBO of a draw, and what the critic says.

        Args:
            batch: data, x of shape `(batch, *event_shape)`.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.
            critic: what gives outputs, `(batch,)`, of [x, z, condition]; by default the model's.
        """
        if critic is None:

            def critic(pair: list[tf.Tensor | None]) -> tf.Tensor:
                return score(self.critic, pair, training)

        x, c = batch.x, batch.condition
        posterior = self.encoder.distribution(self.given(x, c), training=training)
        z = self.encoder.draw(posterior, random.fold(seed, 1))
        reconstruction = -self.observation(self.given(z, c), training).log_prob(x)
        if not self.compiled_options.adaptive_contrast:
            contrast = self.prior.draw(batch.size, random.fold(seed, 2))
            on_codes, on_contrast = (critic([x, one, c]) for one in (z, contrast))
            return Terms(reconstruction, on_codes, on_codes, on_contrast)
        loc, scale = map(tf.stop_gradient, self.moments(posterior, random.fold(seed, 3)))
        # Standardised, a draw of r(z|x) is standard normal.
        draw = random.normal(tf.shape(loc), random.fold(seed, 2), loc.dtype)
        on_codes, on_contrast = (critic([x, one, c]) for one in ((z - loc) / scale, draw))
        log_r = tfp.distributions.MultivariateNormalDiag(loc, scale).log_prob(z)
        kl = on_codes + log_r - self.prior.distribution().log_prob(z)
        return Terms(reconstruction, kl, on_codes, on_contrast)

    def moments(
        self, posterior: tfp.distributions.Distribution, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return mean and standard deviation of q(z|x), `(batch, latent_size)` each."""
        if self.encoder.has_density:
            return posterior.mean(), posterior.stddev()
        count = self.compiled_options.moment_draws or _MOMENT_DRAWS
        draws = posterior.sample(count, seed=seed)
        mean = tf.reduce_mean(draws, axis=0)
        squares = tf.reduce_sum(tf.square(draws - mean), axis=0)
        return mean, tf.sqrt(squares / (count - 1))

    def _check_estimates_moments(self, adaptive_contrast: bool, moment_draws: int) -> None:
        if not adaptive_contrast:
            reason = "moments of q(z|x) are asked for by adaptive_contrast=True alone"
            check_left_out("moment_draws", moment_draws, reason)
        if self.encoder.has_density:
            kind = type(self.encoder).__name__
            reason = f"the moments of this encoder, a {kind} with a density, are known"
            check_left_out("moment_draws", moment_draws, reason)

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        found = super().remedies()
        if not self.adaptive_contrast:
            found += ["bring the critic's classes near each other, compile(adaptive_contrast=True)"]
        return found
