"""The two expectations of the auxiliary upper bound, estimated by sampling."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import distributions, divergences, random
from kfdiv.models.batch import Batch
from kfdiv.noise import SpreadNoise

# Of the seeds of the data density's draws, on either side.
DATA, MODEL = 3, 7


class Sides(NamedTuple):
    """The expectations over data and model, a value a draw, and the sums of the terms behind."""

    data: tf.Tensor
    model: tf.Tensor
    terms: dict[str, tf.Tensor]


@dataclasses.dataclass(frozen=True)
class AuxiliaryBound:
    """Samples `E_P[a(log u)] + E_Q[b(log u)]`, `u = p^(y) q(z|y) / (p(y|z) p(z))`.

    P is p^(y) q(z|y): a data point, noised and encoded. Q is p(z) p(y|z): a latent, decoded and
    noised. Every draw is reparameterised, so the gradients of the sampled bound are unbiased
    estimates of the bound's.

    Source: Zhang et al. 2019, eq. 8-10.

    Args:
        encoder: q(z|y).
        decoder: p(x|z).
        prior: p(z).
        noise: p(y|x), or None for y = x.
        data_density: p^(y); of a conditional model p^(y|c), beside which all others are given c.
    """

    encoder: distributions.ConditionalDistribution
    decoder: distributions.ConditionalDistribution
    prior: keras.layers.Layer
    noise: SpreadNoise | None
    data_density: Any

    def observation(
        self, z: tf.Tensor, width: Any, training: bool
    ) -> tfp.distributions.Distribution:
        """Return p(y|z) = int p(y|x) p(x|z) dx, for z of shape `(batch, latent_size)`."""
        distribution = self.decoder.distribution(z, training=training)
        return distribution if self.noise is None else self.noise.convolve(distribution, width)

    def sample(
        self,
        divergence: divergences.Divergence,
        batch: Batch,
        width: Any,
        seed: tf.Tensor,
        *,
        training: bool,
        density: bool,
        differentiable: bool,
        model_samples: int | tf.Tensor,
        samples_per_latent: int = 1,
    ) -> Sides:
        """Draw both sides; a side that the divergence does not use is zero and costs nothing.

        Args:
            divergence: whose integrands a and b.
            batch: data, x of shape `(batch, *event_shape)`.
            width: of the noise, or None.
            seed: int32, shape `(2,)`.
            training: passed on to the networks.
            density: whether log p^(y) is evaluated, or left out as a constant of the parameters.
            differentiable: whether log p^(y) needs its gradient with respect to y.
            model_samples: latents drawn from the prior.
            samples_per_latent: draws of y for each.

        Returns:
            `data` of shape `(batch,)` and `model` of shape `(model_samples,)`, in nats.
        """
        x, c = batch.x, batch.condition
        data = tf.zeros(tf.shape(x)[:1], x.dtype)
        model = tf.zeros([model_samples], x.dtype)
        zero = tf.zeros((), x.dtype)
        terms = dict.fromkeys(("log q(z|y)", "log p(y|z)", "log p^(y)", "f-divergence"), zero)

        def log_ratio(
            y: tf.Tensor,
            z: tf.Tensor,
            c: tf.Tensor | None,
            posterior: Any,
            observation: Any,
            side: int,
            gradient: bool,
        ) -> tf.Tensor:
            parts = {
                "log q(z|y)": posterior.log_prob(z),
                "log p(y|z)": observation.log_prob(y),
                "log p^(y)": zero,
            }
            if density:
                # A density that is of no conditional model need not know of conditions.
                given = {} if c is None else {"condition": c}
                if self.data_density.uses_batch:
                    given |= {"points": x, "weight": batch.weight, "noise": self.noise}
                parts["log p^(y)"] = self.data_density.log_prob(
                    y,
                    width,
                    seed=random.fold(seed, side),
                    location=observation.mean() if gradient else None,
                    differentiable=gradient,
                    **given,
                )
            for name, part in parts.items():
                counted = batch.masked(part) if side == DATA and part is not zero else part
                terms[name] += tf.reduce_sum(counted)
            prior = self.prior.distribution().log_prob(z)
            return parts["log p^(y)"] + parts["log q(z|y)"] - parts["log p(y|z)"] - prior

        if divergence.uses_data_samples:
            y = self._noised(x, random.fold(seed, 1), width)
            posterior = self.encoder.distribution(_given(y, c), training=training)
            z = self.encoder.draw(posterior, random.fold(seed, 2))
            # y holds no parameter but a learned noise's.
            learned = self.noise is not None and bool(self.noise.trainable_variables)
            log_u = log_ratio(
                y,
                z,
                c,
                posterior,
                self.observation(_given(z, c), width, training),
                DATA,
                differentiable and learned,
            )
            data = divergence.integrands(log_u)[0]
        if divergence.uses_model_samples:
            z = self.prior.draw(model_samples, random.fold(seed, 4))
            z = tf.repeat(z, samples_per_latent, axis=0)
            if c is not None:
                # Those of the batch in turn, so that both sides have the data's conditions.
                c = tf.gather(c, tf.range(model_samples) % batch.size)
                c = tf.repeat(c, samples_per_latent, axis=0)
            decoded = self.decoder.distribution(_given(z, c), training=training)
            y = self._noised(
                self.decoder.draw(decoded, random.fold(seed, 5)), random.fold(seed, 6), width
            )
            observation = decoded if self.noise is None else self.noise.convolve(decoded, width)
            posterior = self.encoder.distribution(_given(y, c), training=training)
            log_u = log_ratio(y, z, c, posterior, observation, MODEL, differentiable)
            values = divergence.integrands(log_u)[1]
            model = tf.reduce_mean(tf.reshape(values, [-1, samples_per_latent]), axis=1)
        terms["f-divergence"] = tf.reduce_sum(batch.masked(data)) + tf.reduce_sum(model)
        return Sides(data, model, terms)

    def _noised(self, x: tf.Tensor, seed: tf.Tensor, width: Any) -> tf.Tensor:
        return x if self.noise is None else self.noise.draw(x, seed, width)


def _given(values: tf.Tensor, condition: tf.Tensor | None) -> Any:
    return values if condition is None else (values, condition)
