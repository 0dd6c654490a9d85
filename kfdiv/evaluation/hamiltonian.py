"""Hamiltonian Monte Carlo on a tempered posterior over latents."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from kfdiv import random

LogDensity = Callable[[tf.Tensor], tf.Tensor]


class State(NamedTuple):
    """Chains at latents z, with both log-densities there and their gradients.

    They are kept apart so that another temperature needs no evaluation of its own.

    Attributes:
        z: shape `(..., latent_size)`.
        log_prior: log p(z), shape `(...)`.
        log_likelihood: log p(x|z), shape `(...)`.
        prior_gradient: of `log_prior`, shaped like z.
        likelihood_gradient: of `log_likelihood`, shaped like z.
    """

    z: tf.Tensor
    log_prior: tf.Tensor
    log_likelihood: tf.Tensor
    prior_gradient: tf.Tensor
    likelihood_gradient: tf.Tensor

    def log_prob(self, beta: tf.Tensor) -> tf.Tensor:
        """Return `log p(z) + beta log p(x|z)`."""
        return self.log_prior + beta * self.log_likelihood

    def gradient(self, beta: tf.Tensor) -> tf.Tensor:
        """Return the gradient of `log_prob` in z."""
        return self.prior_gradient + beta[..., None] * self.likelihood_gradient


def evaluate(log_prior: LogDensity, log_likelihood: LogDensity, z: tf.Tensor) -> State:
    """Return the state of chains at `z`, shape `(..., latent_size)`."""
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(z)
        prior, likelihood = log_prior(z), log_likelihood(z)
    return State(z, prior, likelihood, tape.gradient(prior, z), tape.gradient(likelihood, z))


def transition(
    at: Callable[[tf.Tensor], State],
    state: State,
    beta: tf.Tensor,
    step_size: tf.Tensor,
    leapfrog_steps: int,
    seed: tf.Tensor,
) -> tuple[State, tf.Tensor]:
    """Move every chain once by HMC, leaving `p(z) p(x|z)^beta` as it is.

    Source: Neal 2011, "MCMC using Hamiltonian dynamics", section 3.2.

    Args:
        at: gives the state of chains at latents; `evaluate` with its densities.
        state: where the chains are.
        beta: inverse temperature of the likelihood, of a shape that broadcasts against `(...)`.
        step_size: of the leapfrog steps, likewise.
        leapfrog_steps: how many.
        seed: int32, shape `(2,)`.

    Returns:
        Where the chains go, and which of them accepted the move: floats 0 or 1.
    """
    momentum = random.normal(tf.shape(state.z), random.fold(seed, 0), state.z.dtype)
    energy = state.log_prob(beta) - _kinetic(momentum)
    step_size = step_size[..., None]

    def leap(index: tf.Tensor, momentum: tf.Tensor, state: State) -> tuple:
        momentum = momentum + 0.5 * step_size * state.gradient(beta)
        state = at(state.z + step_size * momentum)
        return index + 1, momentum + 0.5 * step_size * state.gradient(beta), state

    _, momentum, proposal = tf.while_loop(
        lambda index, *_: index < leapfrog_steps, leap, (tf.constant(0), momentum, state)
    )
    log_ratio = proposal.log_prob(beta) - _kinetic(momentum) - energy
    uniform = random.uniform(tf.shape(log_ratio), random.fold(seed, 1), log_ratio.dtype)
    # A proposal that left the numbers has a ratio of NaN, and is not below it.
    accepted = tf.math.log(uniform) < log_ratio

    def choose(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
        return tf.where(accepted if new.shape == accepted.shape else accepted[..., None], new, old)

    return State(*map(choose, proposal, state)), tf.cast(accepted, state.z.dtype)


def _kinetic(momentum: tf.Tensor) -> tf.Tensor:
    return 0.5 * tf.reduce_sum(tf.square(momentum), axis=-1)
