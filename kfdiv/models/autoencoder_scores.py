"""What adversarial autoencoders draw, what critics say of it, and the code critic's loss."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from kfdiv import divergences
from kfdiv.losses import logistic
from kfdiv.models.expectation import Bound, Expectation

JS = divergences.get("js")


class Draws(NamedTuple):
    """What the losses of a batch look at.

    Attributes:
        code: z ~ q(z|x), `(batch, latent_size)`.
        reconstruction: x ~ p(x|z) at these codes, `(batch, *event_shape)`.
        prior: z ~ p(z), `(batch, latent_size)`.
    """

    code: tf.Tensor
    reconstruction: tf.Tensor
    prior: tf.Tensor


class Scores(NamedTuple):
    """What critics say, raw outputs of shape `(batch,)`; None of a critic that there is not.

    Attributes:
        prior: the code critic's, of draws of the prior.
        code: of codes of data.
        data: the data critic's, of data.
        reconstruction: of reconstructions.
        sample: of samples.
    """

    prior: tf.Tensor
    code: tf.Tensor
    data: tf.Tensor | None = None
    reconstruction: tf.Tensor | None = None
    sample: tf.Tensor | None = None


def code_critic_loss(scores: Scores) -> Expectation:
    """Return the logistic loss of the prior's draws against codes of data (eq. 13)."""
    of_prior, of_codes = logistic.critic_losses(scores.prior, scores.code)
    return Expectation(of_codes, of_prior)


def code_lower_bound(scores: Scores) -> Bound:
    """Return the code critic's lower bound on JS(p(z), q(z))."""
    of_prior, of_codes = logistic.lower_bound(JS, scores.prior, scores.code)
    return Bound("code_lower_bound", Expectation(of_codes, of_prior))
