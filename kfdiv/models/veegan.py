"""VEEGAN: a GAN of pairs, and a reconstructor that brings generated x back to their latents."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences, random
from kfdiv.losses import logistic
from kfdiv.models import checks
from kfdiv.models.batch import Batch
from kfdiv.models.critic_model import CriticModel
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.critics import draw_pairs, score
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.registry import registry
from kfdiv.models.roles import OptimizerOf, Role


@dataclasses.dataclass(frozen=True)
class VEEGANOptions:
    """What `compile` was told.

    Args:
        critic_steps: critic updates for each update of encoder and decoder.
    """

    critic_steps: int


@registry.register("veegan")
@keras.saving.register_keras_serializable(package="kfdiv")
class VEEGAN(CriticModel):
    """Minimises `KL(p(x|z) p(z) || q(z|x) p*(x)) + E|z - F(G(z))|_1`, the KL by a critic of pairs.

    The encoder is the reconstructor F: it minimises the distance of latents alone, on generated x.
    The decoder minimises both terms. The critic's raw output v is high on pairs of data, so -v
    estimates the log ratio of the model's pairs to the data's. The terms have no weights.

    `evaluate` reports `cross_entropy_estimate`, `KL - E[log p(z)] + E|z - F(G(z))|_1`: with an
    optimal critic it would bound the cross-entropy between the prior and the codes of data, and is
    an estimate as the critic is not. `evaluate(..., divergence="js")` reports the critic's lower
    bound on a divergence between the pairs. Source: Srivastava et al. 2017, algorithm 1; Rosca et
    al. 2018, section 6.2 and eq. 14 (l1 in the place of their l2: appendix K.2).

    Args:
        encoder: the reconstructor, any `ConditionalDistribution`, or a built network with
            `2 * latent_size` outputs; `kfdiv.distributions.Deterministic(network)` is the paper's.
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        critic: a built network of [x, z] with one output; the condition, if there is one, comes
            last.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        **kwargs: as of `GenerativeModel`.

    Raises:
        ValueError: if the networks' shapes do not fit one another, or draws are discrete.

    Example:
        >>> import kfdiv
        >>> mlp = kfdiv.networks.mlp
        >>> reconstructor = kfdiv.distributions.Deterministic(mlp(3, [8], 2))
        >>> model = kfdiv.models.VEEGAN(
        ...     reconstructor, mlp(2, [8], 3), kfdiv.networks.joint_critic(3, 2, [8])
        ... )
        >>> model.compile()
        >>> history = model.fit(kfdiv.data.load("ring", num_examples=100), epochs=1, verbose=0)
        >>> sorted(history.history)
        ['code_distance', 'critic_loss', 'loss']
    """

    roles: ClassVar[tuple[Role, ...]] = (
        Role("critic", learning_rate=1e-4, beta_1=0.5),
        Role("encoder", learning_rate=5e-4, beta_1=0.5),
        Role("decoder", ("decoder", "prior"), learning_rate=5e-4, beta_1=0.5),
    )
    log_names: ClassVar[tuple[str, ...]] = ("critic_loss", "code_distance")
    evaluation_tag: ClassVar[str] = "pairs"

    critic_optimizer = OptimizerOf("critic")
    encoder_optimizer = OptimizerOf("encoder")
    decoder_optimizer = OptimizerOf("decoder")

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
        checks.check_fixed_prior(self.prior, type(self).__name__)
        self.check_draws()
        self.critic = self.pair_critic(critic)

    def options(self, *, critic_steps: int = 1) -> VEEGANOptions:
        """Check what `compile` was told.

        Args:
            critic_steps: critic updates for each update of encoder and decoder.
        """
        return VEEGANOptions(checks.check_count("critic_steps", critic_steps))

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the critic's loss, or those of encoder and decoder and the critic's to log."""
        on_data, on_model, distance, _ = self.parts(batch, seed, training=True)
        critic = Expectation(*logistic.critic_losses(on_data, on_model))
        if "critic" in roles:
            return Losses({"critic": critic})
        critic = critic.told()
        logs = {
            "critic_loss": critic,
            "code_distance": Expectation(model=tf.stop_gradient(distance)),
        }
        terms = {
            "critic loss on data": batch.masked(critic.data),
            "critic loss on model": critic.model,
            "|z - F(G(z))|": distance,
        }
        of = {
            "encoder": Expectation(model=distance),
            "decoder": Expectation(model=distance - on_model),
        }
        return Losses(of, logs, terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the estimate of eq. 14, or the critic's lower bound on a divergence of pairs."""
        on_data, on_model, distance, log_prior = self.parts(batch, seed, training=False)
        logs = {
            "critic_loss": Expectation(*logistic.critic_losses(on_data, on_model)),
            "code_distance": Expectation(model=distance),
        }
        if divergence is not None:
            sides = logistic.lower_bound(divergence, on_data, on_model)
            return Bound("lower", Expectation(*sides), logs=logs)
        value = Expectation(model=distance - on_model - log_prior)
        return Bound("cross_entropy_estimate", value, logs=logs)

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic is worth; see `critic_value.HasCriticValue`."""
        pairs, distance, log_prior = self.pairs(batch, seed, training=False)
        on_data, on_model = (score(critic, pair, training) for pair in pairs)
        return CriticValue(
            Expectation(*logistic.critic_losses(on_data, on_model)),
            Expectation(),
            Bound("cross_entropy_estimate", Expectation(model=distance - on_model - log_prior)),
        )

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise nothing: the critic estimates log u, by which it bounds any divergence."""

    def parts(
        self, batch: Batch, seed: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return the critic's outputs on pairs of data and model, `|z - F(G(z))|_1`, and log p(z).

        Args:
            batch: data, x of shape `(batch, *event_shape)`.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.

        Returns:
            Four tensors of shape `(batch,)`.
        """
        pairs, distance, log_prior = self.pairs(batch, seed, training)
        on_data, on_model = (score(self.critic, pair, training) for pair in pairs)
        return on_data, on_model, distance, log_prior

    def pairs(
        self, batch: Batch, seed: tf.Tensor, training: bool
    ) -> tuple[tuple[list[tf.Tensor], list[tf.Tensor]], tf.Tensor, tf.Tensor]:
        """Draw pairs of data and of the model; arguments as of `parts`.

        Returns:
            What the critic takes of each, `[x, z]` and the condition; and `|z - F(G(z))|_1` and
            log p(z) of the model's, shape `(batch,)`.
        """
        pairs = draw_pairs(self, batch, seed, training)
        generated, z = pairs[1][:2]
        given = self.given(generated, batch.condition)
        again = self.encoder.sample(given, random.fold(seed, 4), training=training)
        distance = tf.reduce_sum(tf.abs(z - tf.cast(again, z.dtype)), axis=-1)
        return pairs, distance, self.prior.distribution().log_prob(z)
