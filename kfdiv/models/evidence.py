"""The parts of the evidence lower bound, `E_q(z|x)[log p(x|z)] - KL(q(z|x) || p(z))`."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import divergences
from kfdiv.models.batch import Batch
from kfdiv.models.generative_model import GenerativeModel


class Evidence(NamedTuple):
    """The parts of the negative ELBO of a batch, in nats.

    Attributes:
        reconstruction: -log p(x|z), shape `(batch,)`.
        kl: KL(q(z|x) || p(z)), shape `(batch,)`.
        code: the z that was drawn, shape `(batch, latent_size)`.
    """

    reconstruction: tf.Tensor
    kl: tf.Tensor
    code: tf.Tensor


def parts(model: GenerativeModel, batch: Batch, seed: tf.Tensor, training: bool) -> Evidence:
    """Return the parts of the negative ELBO, by one draw an example.

    The KL of a Gaussian posterior from a Gaussian prior is analytic; otherwise it is estimated from
    the same draw. Source: Kingma & Welling 2013, eq. 3.

    Args:
        model: with an encoder and a decoder that have densities.
        batch: examples.
        seed: int32, shape `(2,)`.
        training: passed on to the networks.
    """
    x, c = batch.x, batch.condition
    posterior = model.encoder.distribution(model.given(x, c), training=training)
    # Of an autoregressive posterior, the KL is the sum of its steps' along the draw.
    z, conditionals = model.encoder.draw_with_conditionals(posterior, seed)
    reconstruction = -model.observation(model.given(z, c), training).log_prob(x)
    return Evidence(reconstruction, _kl(conditionals, model.prior.distribution(), z), z)


def check_bound(divergence: divergences.Divergence) -> NoReturn:
    """Raise a ValueError: the negative ELBO bounds no divergence."""
    raise ValueError(
        f"The negative ELBO says nothing of {divergence!r}: it contains the entropy of the "
        "data. Leave the divergence out."
    )


def forward_kl(divergence: Any) -> divergences.KL:
    """Return forward KL, which the ELBO bounds, by one of its names; refuse any other divergence.

    Args:
        divergence: what `compile` was told.

    Raises:
        ValueError: if it is unknown, or another.

    Example:
        >>> forward_kl("kl")
        KL()
    """
    divergence = divergences.get(divergence)
    if not isinstance(divergence, divergences.KL):
        raise ValueError(
            f"The ELBO bounds forward KL alone, but {divergence!r} was asked for. Use "
            "kfdiv.models.VariationalFDivergence, whose bound is of any divergence."
        )
    return divergence


def _kl(
    posterior: tfp.distributions.Distribution, prior: tfp.distributions.Distribution, z: tf.Tensor
) -> tf.Tensor:
    try:
        return posterior.kl_divergence(prior)
    except NotImplementedError:
        return posterior.log_prob(z) - prior.log_prob(z)
