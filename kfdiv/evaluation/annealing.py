"""Chains that go from the prior to the posterior, and what they weigh."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from kfdiv import random
from kfdiv.evaluation import hamiltonian
from kfdiv.models import GenerativeModel

# Near the best share of accepted moves in theory (Neal 2011, section 4.4).
_ACCEPTANCE = 0.65


class Run(NamedTuple):
    """What annealing gives.

    Attributes:
        log_weights: float64, shape `(chains, batch)`.
        spread: standard deviation of log p(x|z) over the chains at each temperature, shape
            `(temperatures + 1, batch)`.
        step_sizes: those taken, shape `(temperatures, batch)`.
        acceptance: mean share of accepted moves, shape `(batch,)`.
    """

    log_weights: Any
    spread: Any
    step_sizes: Any
    acceptance: Any


class Annealing:
    """Moves chains by HMC through `p(z) p(x|z)^b`, b rising from 0 to 1.

    Args:
        model: gives prior and likelihood.
        num_chains: for each example.
        leapfrog_steps: of each move.
    """

    def __init__(self, model: GenerativeModel, num_chains: int, leapfrog_steps: int) -> None:
        self.model = model
        self.num_chains = num_chains
        self.leapfrog_steps = leapfrog_steps

    def run(
        self,
        x: tf.Tensor,
        betas: tf.Tensor,
        increments: tf.Tensor,
        step_sizes: tf.Tensor,
        adaptation: tf.Tensor,
        seed: tf.Tensor,
    ) -> Run:
        """Run the chains, with one weight update and one move a temperature.

        Args:
            x: shape `(batch, *event_shape)`.
            betas: shape `(temperatures + 1, batch)`.
            increments: their differences, which are too small to be taken in single precision.
            step_sizes: shape `(temperatures, batch)`, or `(1, batch)`: those to begin with.
            adaptation: how far an acceptance that is off changes the logarithm of the next step
                size; 0 keeps step sizes.
            seed: int32, shape `(2,)`.
        """
        temperatures, batch, latents = increments.shape[0], x.shape[0], self.model.prior.size
        last = step_sizes.shape[0] - 1
        prior = self.model.prior.distribution()

        def at(z: tf.Tensor) -> hamiltonian.State:
            return hamiltonian.evaluate(prior.log_prob, self._likelihood(x), z)

        def move(
            index: tf.Tensor,
            state: hamiltonian.State,
            log_weights: tf.Tensor,
            factor: tf.Tensor,
            accepted: tf.Tensor,
            spread: tf.TensorArray,
            taken: tf.TensorArray,
        ) -> tuple:
            log_weights += tf.cast(increments[index] * state.log_likelihood, "float64")
            step_size = factor * step_sizes[tf.minimum(index, last)]
            state, moved = hamiltonian.transition(
                at,
                state,
                betas[index + 1],
                step_size,
                self.leapfrog_steps,
                random.fold(seed, index),
            )
            share = tf.reduce_mean(moved, axis=0)
            factor *= tf.exp(adaptation * (share - _ACCEPTANCE))
            spread = spread.write(index + 1, _spread(state))
            taken = taken.write(index, step_size)
            return index + 1, state, log_weights, factor, accepted + share, spread, taken

        z = self.model.prior.draw(self.num_chains * batch, random.fold(seed, temperatures))
        state = at(tf.reshape(z, [self.num_chains, batch, latents]))
        arrays = [
            tf.TensorArray(x.dtype, size, element_shape=[batch])
            for size in (temperatures + 1, temperatures)
        ]
        begin = (
            tf.constant(0),
            state,
            tf.zeros([self.num_chains, batch], "float64"),
            tf.ones([batch], x.dtype),
            tf.zeros([batch], x.dtype),
            arrays[0].write(0, _spread(state)),
            arrays[1],
        )
        _, _, log_weights, _, accepted, spread, taken = tf.while_loop(
            lambda index, *_: index < temperatures, move, begin
        )
        return Run(log_weights, spread.stack(), taken.stack(), accepted / temperatures)

    def _likelihood(self, x: tf.Tensor) -> hamiltonian.LogDensity:
        return lambda z: self.model.observation(z).log_prob(x)


def _spread(state: hamiltonian.State) -> tf.Tensor:
    return tf.math.reduce_std(state.log_likelihood, axis=0)
