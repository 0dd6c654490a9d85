"""The Wasserstein GAN with a gradient penalty."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses.wasserstein import Wasserstein
from kfdiv.models.adversarial import Adversarial
from kfdiv.models.adversarial_options import AdversarialOptions
from kfdiv.models.batch import Batch
from kfdiv.models.critic_value import CriticValue
from kfdiv.models.expectation import Bound
from kfdiv.models.registry import registry
from kfdiv.models.roles import Role


@registry.register("wasserstein_gan", aliases=("wgan",))
@keras.saving.register_keras_serializable(package="kfdiv")
class WassersteinGAN(Adversarial):
    """Minimises the Wasserstein distance `sup E_P[v] - E_Q[v]`, over v of slope at most one.

    The penalty keeps the slopes near one. `evaluate` reports the critic's `E_P[v] - E_Q[v]` as
    "wasserstein", in the units of x, not in nats: a lower bound on the distance as far as no slope
    is above one. Source: Gulrajani et al. 2017, algorithm 1; Rosca et al. 2018, appendix K (penalty
    10, five critic steps). There every critic step sees fresh data: `split_batch=True` with batches
    six times as large; without, all of a step see the same batch, with other draws.

    Args:
        decoder: p(x|z), any `ConditionalDistribution`, or a built network (deterministic).
        critic: a built network with one output: of x, or of [x, z] where there is an encoder. Batch
            normalisation in it would make a slope one of the whole batch, and is refused beside a
            penalty; layer normalisation is not.
        encoder: q(z|x), or None.
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`; the critic takes it last.

    Raises:
        ValueError: if the networks' shapes do not fit.

    Example:
        >>> import kfdiv
        >>> model = kfdiv.models.WassersteinGAN(
        ...     decoder=kfdiv.networks.mlp((2,), [32], 3), critic=kfdiv.networks.mlp((3,), [32], 1)
        ... )
        >>> model.compile()
        >>> model.critic_steps, model.penalty
        (5, TwoSided(weight=10.0))
    """

    roles: ClassVar[tuple[Role, ...]] = (
        Role("critic", learning_rate=1e-4, beta_1=0.5),
        Role("encoder", learning_rate=1e-4, beta_1=0.5),
        Role("decoder", ("decoder", "prior"), learning_rate=1e-4, beta_1=0.5),
    )

    def adversarial_loss(self) -> Wasserstein:
        """Return the loss that `compile` was told of: there is nothing to choose."""
        return Wasserstein()

    def options(
        self,
        *,
        critic_steps: int = 5,
        split_batch: bool = False,
        penalty: Any = "gradient",
        **loss_options: Any,
    ) -> AdversarialOptions:
        """Check what `compile` was told.

        Args:
            critic_steps: critic updates for each update of encoder and decoder.
            split_batch: split the batch, a part for each critic update and one for encoder and
                decoder, instead of giving all of it to everyone.
            penalty: on the critic's slope: a name or an instance, as `kfdiv.penalties.get` takes
                it, or None, which leaves the critic without a bound.
            **loss_options: of `adversarial_loss`.
        """
        return super().options(
            critic_steps=critic_steps, split_batch=split_batch, penalty=penalty, **loss_options
        )

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the critic's estimate of the Wasserstein distance, in the units of x."""
        return Bound("wasserstein", super().bound(batch, seed, divergence).value)

    def critic_value(
        self, critic: keras.Model, batch: Batch, seed: tf.Tensor, training: bool
    ) -> CriticValue:
        """Return what a critic is worth, its bound in the units of x."""
        found = super().critic_value(critic, batch, seed, training)
        return found._replace(bound=Bound("wasserstein", found.bound.value))
