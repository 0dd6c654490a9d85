"""The variational autoencoder with the marginal KL added."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences, random
from kfdiv.arguments import check_number
from kfdiv.losses import logistic
from kfdiv.models import checks, evidence
from kfdiv.models.batch import Batch
from kfdiv.models.code_critic import WithCodeCritic
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.critics import score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.registry import registry
from kfdiv.models.roles import OptimizerOf, Option, Role


@dataclasses.dataclass(frozen=True)
class MarginalVAEOptions:
    """What `compile` was told.

    Args:
        marginal_weight: lambda, of KL(q(z) || p(z)).
        critic_steps: critic updates for each update of encoder and decoder.
        divergence: forward KL.
    """

    marginal_weight: float
    critic_steps: int
    divergence: divergences.Divergence


@registry.register("marginal_vae")
@keras.saving.register_keras_serializable(package="kfdiv")
class MarginalVAE(WithCodeCritic):
    """Minimises the negative ELBO plus `lambda KL(q(z) || p(z))`, that KL by a critic of codes.

    The ELBO's KL(q(z|x) || p(z)), averaged over data, is KL(q(z) || p(z)) plus the mutual
    information of x and z; this weighs the first alone. The critic c is a classifier of z ~ p(z)
    against codes of data, so that -c estimates log q(z) / p(z). `evaluate` reports the negative
    ELBO. Source: Rosca et al. 2018, appendix B (lambda 0, 1, 2 and 10).

    Args:
        encoder: q(z|x), with a density, or a built network with `2 * latent_size` outputs.
        decoder: p(x|z), a `ConditionalDistribution` with a density.
        code_critic: a built network from z to one output; the condition, if there is one, comes
            last.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        **kwargs: as of `GenerativeModel`.

    Raises:
        ValueError: if encoder or decoder has no density, or the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> mlp = kfdiv.networks.mlp
        >>> decoder = kfdiv.distributions.Normal(mlp(2, [8], 3), scale=0.5)
        >>> model = kfdiv.models.MarginalVAE(mlp(3, [8], 4), decoder, mlp(2, [8], 1))
        >>> model.compile(marginal_weight=2.0)
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> sorted(history.history)
        ['critic_loss', 'kl', 'loss', 'marginal_kl', 'reconstruction_loss']
    """

    roles: ClassVar[tuple[Role, ...]] = (
        Role("code_critic", learning_rate=1e-3, beta_1=0.5),
        Role("vae", ("decoder", "prior", "encoder"), keyword="optimizer"),
    )
    log_names: ClassVar[tuple[str, ...]] = (
        "reconstruction_loss",
        "kl",
        "marginal_kl",
        "critic_loss",
    )
    evaluation_tag: ClassVar[str] = "posterior"
    others_tag: ClassVar[str] = "posterior"

    vae_optimizer = OptimizerOf("vae")
    marginal_weight = Option()
    divergence = Option()

    def check_parts(self) -> None:
        """Raise a ValueError if encoder, decoder or prior are not what the losses need."""
        self.check_observation()
        checks.check_fixed_prior(self.prior, type(self).__name__)
        checks.check_posterior(self.encoder, type(self).__name__)

    def options(
        self, *, marginal_weight: float = 1.0, critic_steps: int = 1, divergence: Any = "kl"
    ) -> MarginalVAEOptions:
        """Check what `compile` was told.

        Args:
            marginal_weight: lambda, of KL(q(z) || p(z)), at least 0.
            critic_steps: critic updates for each update of encoder and decoder.
            divergence: forward KL, which the ELBO bounds; any other is refused.

        Raises:
            ValueError: if the weight is negative, or the divergence another.
        """
        return MarginalVAEOptions(
            check_number("marginal_weight", marginal_weight, least=0.0),
            checks.check_count("critic_steps", critic_steps),
            evidence.forward_kl(divergence),
        )

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the critic's loss, or the negative ELBO with the weighted estimate."""
        found, on_prior, on_codes = self.parts(batch, seed, training=True)
        of_prior, of_codes = logistic.critic_losses(on_prior, on_codes)
        critic = Expectation(of_codes, of_prior)
        if "code_critic" in roles:
            return Losses({"code_critic": critic})
        logs = {
            "reconstruction_loss": Expectation(found.reconstruction),
            "kl": Expectation(found.kl),
            "marginal_kl": Expectation(-on_codes),
            "critic_loss": critic.told(),
        }
        terms = {
            "-log p(x|z)": batch.masked(found.reconstruction),
            "KL(q(z|x) || p(z))": batch.masked(found.kl),
            "log q(z) / p(z)": batch.masked(-on_codes),
        }
        weight = self.compiled_options.marginal_weight
        loss = Expectation(found.reconstruction + found.kl - weight * on_codes)
        return Losses({"vae": loss}, logs, terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the negative ELBO, and the critic's estimate of KL(q(z) || p(z)) beside it."""
        found, _, on_codes = self.parts(batch, seed, training=False)
        logs = {
            "reconstruction_loss": Expectation(found.reconstruction),
            "kl": Expectation(found.kl),
            "marginal_kl": Expectation(-on_codes),
        }
        return Bound("negative_elbo", Expectation(found.reconstruction + found.kl), logs=logs)

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic of codes is worth; the ELBO does not depend on it.

        See `kfdiv.models.critic_value.HasCriticValue`.
        """
        found, on_prior, on_codes = self.parts(
            batch, seed, False, lambda inputs: score(critic, inputs, training)
        )
        of_prior, of_codes = logistic.critic_losses(on_prior, on_codes)
        elbo = Bound("negative_elbo", Expectation(found.reconstruction + found.kl))
        return CriticValue(Expectation(of_codes, of_prior), Expectation(), elbo)

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise: the negative ELBO bounds no divergence."""
        evidence.check_bound(divergence)

    def parts(
        self,
        batch: Batch,
        seed: tf.Tensor,
        training: bool,
        critic: Callable[[list[tf.Tensor | None]], tf.Tensor] | None = None,
    ) -> tuple[evidence.Evidence, tf.Tensor, tf.Tensor]:
        """Return the parts of the ELBO, and the critic's outputs on the prior and on codes.

        Args:
            batch: data.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.
            critic: what gives outputs, `(batch,)`, of [z, condition]; by default the model's.
        """
        if critic is None:

            def critic(inputs: list[tf.Tensor | None]) -> tf.Tensor:
                return score(self.code_critic, inputs, training)

        found = evidence.parts(self, batch, random.fold(seed, 2), training)
        prior = self.prior.draw(batch.size, random.fold(seed, 1))
        on_prior, on_codes = (critic([z, batch.condition]) for z in (prior, found.code))
        return found, on_prior, on_codes
