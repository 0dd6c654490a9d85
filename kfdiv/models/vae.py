"""The variational autoencoder: forward KL by the evidence lower bound."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.models import checks, evidence
from kfdiv.models.batch import Batch
from kfdiv.models.coefficient import Coefficient
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.registry import registry
from kfdiv.models.roles import OptimizerOf, Option, Role, Update


@dataclasses.dataclass(frozen=True)
class VAEOptions:
    """What `compile` was told.

    Args:
        beta: weight of the KL.
        divergence: forward KL.
    """

    beta: Coefficient
    divergence: divergences.Divergence


@registry.register("vae")
@keras.saving.register_keras_serializable(package="kfdiv")
class VAE(GenerativeModel):
    """Minimises the negative ELBO, `-E_q(z|x)[log p(x|z)] + beta KL(q(z|x) || p(z))`, in nats.

    The KL of a Gaussian posterior from a Gaussian prior is analytic, of an autoregressive one in
    every step given the draws before; otherwise it is estimated from the same draw. Source: Kingma
    & Welling 2013, eq. 3 (beta: Higgins et al. 2017); Zhang et al. 2019, eq. 3.

    Args:
        encoder: q(z|x), a `ConditionalDistribution` or a built network with `2 * latent_size`
            outputs.
        decoder: p(x|z), a `ConditionalDistribution` with a density (`Normal`, `Bernoulli`,
            `QuantizedNormal`).
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`.

    Raises:
        ValueError: if the decoder has no density, or the networks' shapes do not fit.

    Example:
        >>> import keras, kfdiv
        >>> encoder = kfdiv.networks.mlp((2,), [16], 2)
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp((1,), [16], 2), scale=0.5)
        >>> vae = kfdiv.models.VAE(encoder, decoder)
        >>> vae.compile(beta=1.0)
        >>> data = kfdiv.data.load("grid9", batch_size=50_000)
        >>> history = vae.fit(data, epochs=1, verbose=0)
        >>> vae.sample(3).shape
        TensorShape([3, 2])
    """

    takes_condition: ClassVar[bool] = True
    roles: ClassVar[tuple[Role, ...]] = (
        Role("vae", ("decoder", "prior", "encoder"), keyword="optimizer"),
    )
    log_names: ClassVar[tuple[str, ...]] = ("reconstruction_loss", "kl")
    evaluation_tag: ClassVar[str] = "posterior"
    optimizers_first: ClassVar[bool] = True

    vae_optimizer = OptimizerOf("vae")
    divergence = Option()

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        prior: keras.layers.Layer | None = None,
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        self.check_observation()
        checks.check_posterior(self.encoder, type(self).__name__)

    def options(self, beta: Any = 1.0, *, divergence: Any = "kl") -> VAEOptions:
        """Check what `compile` was told.

        Args:
            beta: weight of KL(q(z|x) || p(z)), at least 0: a number; a Keras schedule of the step;
                or a variable, which a callback may move. `model.beta = 0.5` sets it anew.
            divergence: forward KL, which the ELBO bounds; any other is refused.

        Raises:
            ValueError: if beta is negative, or the divergence another.
        """
        divergence = evidence.forward_kl(divergence)
        with self.distribute_strategy.scope():
            return VAEOptions(Coefficient.make("beta", beta), divergence)

    @property
    def beta(self) -> Any:
        """The weight of KL(q(z|x) || p(z)): a number, or a schedule."""
        return self.compiled_options.beta.argument()

    @beta.setter
    def beta(self, value: Any) -> None:
        # A number takes the place of a number, of which a traced step holds the variable.
        if not self.compiled_options.beta.assign("beta", value):
            self.change_options(beta=value)

    def updates(self) -> tuple[Update, ...]:
        """Return the one update of encoder and decoder together."""
        return (Update(("vae",), tag="posterior"),)

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the negative ELBO, its KL weighted by beta."""
        reconstruction, kl = self.parts(batch, seed, training=True)
        beta = self.compiled_options.beta.at(self.step.value, kl.dtype)
        logs = {"reconstruction_loss": Expectation(reconstruction), "kl": Expectation(kl)}
        terms = {
            "-log p(x|z)": batch.masked(reconstruction),
            "KL(q(z|x) || p(z))": batch.masked(kl),
        }
        return Losses({"vae": Expectation(reconstruction + beta * kl)}, logs, terms)

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return the negative ELBO (beta = 1), which bounds no divergence.

        It contains the entropy of the data.
        """
        reconstruction, kl = self.parts(batch, seed, training=False)
        beta = self.compiled_options.beta.at(self.step.value, kl.dtype)
        return Bound(
            "negative_elbo",
            Expectation(reconstruction + kl),
            loss=Expectation(reconstruction + beta * kl),
            logs={"reconstruction_loss": Expectation(reconstruction), "kl": Expectation(kl)},
        )

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise: the negative ELBO bounds no divergence."""
        raise ValueError(
            "A VAE's figure, the negative ELBO, bounds no divergence: it contains the entropy "
            "of the data. model.evaluate(data) gives it."
        )

    def parts(self, batch: Batch, seed: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Return -log p(x|z) and KL(q(z|x) || p(z)), each of shape `(batch,)`."""
        found = evidence.parts(self, batch, seed, training)
        return found.reconstruction, found.kl
