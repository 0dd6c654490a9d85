"""The variational autoencoder: forward KL by the evidence lower bound."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import divergences, metrics
from kfdiv.models.all_or_nothing import all_or_nothing
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.optimization import Player, batch_mean
from kfdiv.models.registry import registry


@registry.register("vae")
@keras.saving.register_keras_serializable(package="kfdiv")
class VAE(GenerativeModel):
    """Minimises the negative ELBO, `-E_q(z|x)[log p(x|z)] + beta KL(q(z|x) || p(z))`, in nats.

    The KL of a Gaussian posterior from a Gaussian prior is analytic; otherwise it is estimated from
    the same draw. Source: Kingma & Welling 2013, eq. 3 (beta: Higgins et al. 2017); Zhang et al.
    2019, eq. 3.

    Args:
        encoder: q(z|x), a `ConditionalDistribution` or a built network with `2 * latent_size`
            outputs.
        decoder: p(x|z), a `ConditionalDistribution` with a density (`Normal`, `Bernoulli`,
            `QuantizedNormal`).
        prior: p(z); standard normal by default.
        seed: seeds every draw.
        name: the model's name.

    Raises:
        ValueError: if the decoder has no density, or the networks' shapes do not fit.

    Example:
        >>> import keras, kfdiv
        >>> encoder = kfdiv.networks.mlp((2,), [16], 2)
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp((1,), [16], 2), scale=0.5)
        >>> vae = kfdiv.models.VAE(encoder, decoder)
        >>> vae.compile(beta=1.0)
        >>> data = kfdiv.data.load("grid9", batch_size=5_000)
        >>> history = vae.fit(data, epochs=1, verbose=0)
        >>> vae.sample(3).shape
        TensorShape([3, 2])
    """

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
        self.observation(tf.zeros((1, self.prior.size)))
        self.negative_elbo = metrics.MeanWithError(name="negative_elbo")
        self.reconstruction_loss = keras.metrics.Mean(name="reconstruction_loss")
        self.kl = keras.metrics.Mean(name="kl")

    @all_or_nothing
    def compile(
        self,
        optimizer: Any = None,
        beta: float = 1.0,
        *,
        divergence: Any = "kl",
        run_eagerly: bool = False,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
    ) -> None:
        """Choose the optimizer and the weight of the KL.

        Args:
            optimizer: for encoder and decoder together; Adam(1e-3) by default.
            beta: weight of KL(q(z|x) || p(z)), at least 0.
            divergence: forward KL, which the ELBO bounds; any other is refused.
            run_eagerly: step through Python, for debugging.
            jit_compile: True, False, or "auto": XLA where it pays.
            steps_per_execution: train steps in one compiled call.

        Raises:
            ValueError: if beta is negative, or the divergence another.
        """
        if not isinstance(divergences.get(divergence), divergences.KL):
            raise ValueError(
                f"The ELBO bounds forward KL alone, but {divergences.get(divergence)!r} was asked "
                "for. Use kfdiv.models.VariationalFDivergence, whose bound is of any divergence."
            )
        if not beta >= 0:
            raise ValueError(f"beta must be at least 0, but got {beta!r}.")
        self.beta = float(beta)
        self.vae_optimizer = self.optimizer_for(
            optimizer, self.trainable_variables, lambda: keras.optimizers.Adam(1e-3)
        )
        arguments = {"optimizer": self.vae_optimizer, "beta": self.beta}
        self.configure(arguments, run_eagerly, jit_compile, steps_per_execution)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Take one step of the optimizer on a batch."""
        x = self.unpack(data)
        terms: dict[str, tf.Tensor] = {}

        def loss() -> tf.Tensor:
            reconstruction, kl = self._parts(x, self.draw_seed("posterior"), training=True)
            terms.update({"-log p(x|z)": reconstruction, "KL(q(z|x) || p(z))": kl})
            return batch_mean(reconstruction + self.beta * kl)

        self.minimize(loss, Player(self.vae_optimizer, self.trainable_variables))
        reconstruction, kl = terms.values()
        self._track(reconstruction, kl)
        return self.finish_step(reconstruction + self.beta * kl, terms)

    def train_logs(self) -> dict[str, tf.Tensor]:
        """Return the loss and its two parts, in nats."""
        return {
            **super().train_logs(),
            "reconstruction_loss": self.reconstruction_loss.result(),
            "kl": self.kl.result(),
        }

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Measure the negative ELBO (beta = 1) and its standard error on a batch."""
        seed = self.evaluation_seed("posterior", self.negative_elbo.count.value)
        reconstruction, kl = self._parts(self.unpack(data), seed, training=False)
        self._track(reconstruction, kl)
        self.loss_tracker.update_state(reconstruction + self.beta * kl)
        self.negative_elbo.update_state(reconstruction + kl)
        return {
            **self.train_logs(),
            "negative_elbo": self.negative_elbo.result(),
            "negative_elbo_se": self.negative_elbo.standard_error(),
        }

    def _track(self, reconstruction: tf.Tensor, kl: tf.Tensor) -> None:
        self.reconstruction_loss.update_state(reconstruction)
        self.kl.update_state(kl)

    def _parts(self, x: tf.Tensor, seed: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Return -log p(x|z) and KL(q(z|x) || p(z)), each of shape `(batch,)`."""
        posterior = self.encoder.distribution(x, training=training)
        z = self.encoder.draw(posterior, seed)
        reconstruction = -self.observation(z, training).log_prob(x)
        return reconstruction, _kl(posterior, self.prior.distribution(), z)


def _kl(
    posterior: tfp.distributions.Distribution, prior: tfp.distributions.Distribution, z: tf.Tensor
) -> tf.Tensor:
    try:
        return posterior.kl_divergence(prior)
    except NotImplementedError:
        return posterior.log_prob(z) - prior.log_prob(z)
