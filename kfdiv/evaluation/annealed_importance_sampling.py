"""The marginal likelihood of a decoder with a density, by annealed importance sampling."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kfdiv import random
from kfdiv.arguments import check_choice, check_count
from kfdiv.data import examples
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.evaluation.annealing import Annealing, Run
from kfdiv.evaluation.averaged import averaged
from kfdiv.evaluation.check_model import check_model
from kfdiv.evaluation.estimate import Estimate
from kfdiv.models import GenerativeModel, execution

_LEAST_BETA = 1e-6
_FIRST_STEP_SIZE = 0.5
# From move to move the posterior of a pilot narrows by up to 7%, which costs it this much less of
# acceptance.
_ADAPTATION = 1.0
# Share of the temperatures that follow the pilot's, in case it missed something.
_EVEN_SHARE = 0.1


class AnnealedEstimate(NamedTuple):
    """Estimates of log p(x), and whether the chains were up to them.

    Attributes:
        log_prob: nats, shape `(examples,)`. Its exponential is unbiased; itself it is, on average,
            too low.
        effective_chains: `(sum w)^2 / sum w^2` of each example's chains, shape `(examples,)`. Near
            1 means that one chain decided: take more temperatures.
        acceptance: mean share of accepted moves, shape `(examples,)`.
        weight: how often each example counts, shape `(examples,)`, or None.
    """

    log_prob: np.ndarray
    effective_chains: np.ndarray
    acceptance: np.ndarray
    weight: np.ndarray | None = None

    @property
    def negative_log_likelihood(self) -> Estimate:
        """The mean of -log p(x) over the examples, with its standard error."""
        return Estimate.of(-self.log_prob, self.weight)


class AnnealedImportanceSampling:
    """Estimates `log p(x) = log 1/S sum_s prod_t p(x|z_st)^(b_(t+1) - b_t)`, without an encoder.

    Chain s starts at z ~ p(z) and moves by HMC through `p(z) p(x|z)^b_t`, with b rising from 0 to
    1. For each example a pilot run on a geometric grid finds step sizes that are accepted 65% of
    the time, and temperatures between which the thermodynamic length `int sd(log p(x|z)) db` is the
    same. The estimate comes from fresh chains that keep to both, so their weights are unbiased.

    Source: Neal 2001, eq. 3 and 11; Gelman and Meng 1998 for the temperatures; Shen et al. 2020,
    section 5.1, for the defaults.

    Args:
        model: a model whose decoder has a density, or that adds spread noise: `model.observation`
            and `model.prior` are what is used.
        num_temperatures: steps of b.
        num_chains: S, an example; at least 2.
        leapfrog_steps: of each move. The decoder and its gradient are evaluated `1.1
            num_temperatures num_chains leapfrog_steps` times an example.
        batch_size: examples at once.
        jit_compile: True, False, or "auto": XLA where it pays. What is compiled is kept for further
            calls, which see the model's weights as they then are.

    Raises:
        ValueError: if the decoder has no density, a size is too small, or the model is conditional.

    Example:
        >>> import kfdiv
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [4], 2), scale=0.5)
        >>> model = kfdiv.models.VAE(kfdiv.networks.mlp(2, [4], 2), decoder)
        >>> sampling = AnnealedImportanceSampling(model, num_temperatures=20, jit_compile=False)
        >>> sampling(np.zeros((3, 2))).log_prob.shape
        (3,)
    """

    def __init__(
        self,
        model: GenerativeModel,
        num_temperatures: int = 1_000,
        num_chains: int = 30,
        leapfrog_steps: int = 10,
        batch_size: int = 100,
        jit_compile: bool | str = "auto",
    ) -> None:
        self.num_temperatures = check_count("num_temperatures", num_temperatures)
        self.num_chains = check_count("num_chains", num_chains, least=2)
        self.batch_size = check_count("batch_size", batch_size)
        check_choice("jit_compile", jit_compile, (True, False, "auto"))
        check_model(model, "AnnealedImportanceSampling")
        self.model = model
        # Raises if there is no density.
        model.observation(tf.zeros((1, model.prior.size)))
        steps = check_count("leapfrog_steps", leapfrog_steps)
        compiled = execution.pays_to_compile(model) if jit_compile == "auto" else jit_compile
        annealing = Annealing(model, self.num_chains, steps)
        self._run = tf.function(annealing.run, jit_compile=compiled, autograph=False)

    def __call__(self, x: Any, seed: int = 0, sample_weight: Any = None) -> AnnealedEstimate:
        """Estimate log p(x) of each example whose weight is not zero.

        Args:
            x: data, whatever `fit` takes: examples of shape `(examples, *event_shape)`, or batches
                x, `(x, y)` or `(x, y, w)`.
            seed: integer.
            sample_weight: how often each example of an array counts in the mean, shape
                `(examples,)`.

        Raises:
            ValueError: if `x` does not fit the model, or there are no examples.
        """
        with averaged(self.model):
            return self._estimated(x, seed, sample_weight)

    def _estimated(self, x: Any, seed: int, sample_weight: Any) -> AnnealedEstimate:
        check_model(self.model, "AnnealedImportanceSampling")
        found = examples.read(
            x,
            sample_weight=sample_weight,
            event_shape=self.model.event_shape,
            value_range=self.model.known_pixel_range(),
        ).counted()
        x = found.x.astype(density_dtype(self.model))
        results = []
        for index, start in enumerate(range(0, len(x), self.batch_size)):
            batch = x[start : start + self.batch_size]
            # One shape, one compilation: the last batch is filled up.
            whole = batch[np.arange(self.batch_size) % len(batch)]
            parts = self._estimate(whole, random.seed(seed, "annealing", index))
            results.append([part[: len(batch)] for part in parts])
        return AnnealedEstimate(*map(np.concatenate, zip(*results, strict=True)), found.weight)

    def _estimate(self, x: np.ndarray, seed: tf.Tensor) -> tuple[np.ndarray, ...]:
        grid = np.concatenate([[0.0], np.geomspace(_LEAST_BETA, 1.0, self._pilot_size())])
        betas = np.repeat(grid[:, None], len(x), axis=1)
        first = np.full((1, len(x)), _FIRST_STEP_SIZE)
        pilot = self._anneal(x, betas, first, _ADAPTATION, random.fold(seed, 0))
        plans = [
            _plan(grid, spread, step_sizes, self.num_temperatures)
            for spread, step_sizes in zip(pilot.spread.T, pilot.step_sizes.T, strict=True)
        ]
        betas, step_sizes = (np.stack(part, axis=1) for part in zip(*plans, strict=True))
        final = self._anneal(x, betas, step_sizes, 0.0, random.fold(seed, 1))
        weights = final.log_weights
        highest = weights.max(axis=0)
        weights = np.exp(weights - highest)
        log_prob = highest + np.log(weights.mean(axis=0))
        effective = weights.sum(axis=0) ** 2 / np.square(weights).sum(axis=0)
        return log_prob, effective, final.acceptance

    def _anneal(
        self,
        x: np.ndarray,
        betas: np.ndarray,
        step_sizes: np.ndarray,
        adaptation: float,
        seed: tf.Tensor,
    ) -> Run:
        arrays = (tf.constant(part, x.dtype) for part in (x, betas, np.diff(betas, axis=0)))
        step_sizes, adaptation = (tf.constant(part, x.dtype) for part in (step_sizes, adaptation))
        return Run(*(part.numpy() for part in self._run(*arrays, step_sizes, adaptation, seed)))

    def _pilot_size(self) -> int:
        return max(self.num_temperatures // 10, 100)


def _plan(
    grid: np.ndarray, spread: np.ndarray, step_sizes: np.ndarray, num_temperatures: int
) -> tuple[np.ndarray, np.ndarray]:
    """Place one example's temperatures, and the step sizes of the moves at them.

    Args:
        grid: the pilot's b, shape `(pilot + 1,)`.
        spread: standard deviation of log p(x|z) over the chains there.
        step_sizes: that the pilot took at `grid[1:]`.
        num_temperatures: how many are wanted.

    Returns:
        `(num_temperatures + 1,)` and `(num_temperatures,)`.
    """
    place = np.arange(len(grid))
    length = np.cumsum(0.5 * (spread[1:] + spread[:-1]) * np.diff(grid))
    length = np.concatenate([[0.0], length / (length[-1] or 1.0)])
    length = (1 - _EVEN_SHARE) * length + _EVEN_SHARE * place / place[-1]
    places = np.interp(np.linspace(0.0, length[-1], num_temperatures + 1), length, place)
    betas = np.interp(places, place, grid)
    return betas, np.exp(np.interp(places[1:], place[1:], np.log(step_sizes)))
