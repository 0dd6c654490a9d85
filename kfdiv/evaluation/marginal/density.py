"""The marginal KL by a density: one fitted to draws of q(z) by maximum likelihood."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import tensorflow as tf

from kfdiv import divergences, flows
from kfdiv.arguments import check_choice
from kfdiv.evaluation import seeding
from kfdiv.evaluation.marginal.averaging import LogRatio
from kfdiv.evaluation.marginal.fit import CodeFit, in_parts
from kfdiv.evaluation.marginal.posteriors import Posteriors
from kfdiv.models.batch import Batch
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role

# Draws that a density is given to start from.
_ADAPTED_TO = 10_000


class _Choice(NamedTuple):
    """A density by name.

    Attributes:
        make: from the number of latents to the density.
        most: latents that it is for: beyond, a step of it takes memory, or time, past use.
    """

    make: Callable[[int], flows.Density]
    most: int


DENSITIES = {
    **{
        f"mixture_{count}": _Choice(
            functools.partial(flows.DiagonalMixture, components=count), 200_000 // count
        )
        for count in (10, 50, 100)
    },
    "maf": _Choice(functools.partial(flows.maf, layers=3), 2_000),
    "lstm": _Choice(flows.gaussian_lstm, 500),
}
"""What `density` may be by name."""


class CodeDensity(CodeFit):
    """Maximises `E_q(z)[log t(z)]`, t a density.

    Source: Rosca et al. 2018, algorithm 3.

    Args:
        posteriors: q(z).
        density: t, that `density_of` returned.
        seed: of the draws.
    """

    roles: ClassVar[tuple[Role, ...]] = (Role("density", keyword="optimizer"),)

    def __init__(self, posteriors: Posteriors, density: flows.Density, seed: int) -> None:
        super().__init__(posteriors, seed)
        self.density = density
        self.learning_rate = _learning_rate(density)

    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return -log t(z)."""
        z = self.codes(batch, seed)
        return Losses({"density": Expectation(-self.density.log_prob(z, training=True))})

    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return `E_q(z)[log t(z) - log p(z)]`, at most KL(q(z) || p(z))."""
        z = self.codes(batch, seed)
        log_prior = self._source.posteriors.prior.distribution().log_prob(z)
        return Bound("lower", Expectation(self.density.log_prob(z, training=False) - log_prior))

    def train(self, steps: int, optimizer: Any, jit_compile: bool | str) -> None:
        """Start the density at the draws' place and size, and take `steps` steps."""
        if not self.density.adapted:
            draws = self._source.posteriors.draws(_ADAPTED_TO, self.seed, "adapt")
            self.density.adapt(tf.concat([part.z for part in draws], axis=0))
        super().train(steps, optimizer, jit_compile)

    def log_ratio(self) -> LogRatio:
        """Return what estimates log q(z)/p(z): log t(z) - log p(z)."""
        log_prob = in_parts(lambda z: self.density.log_prob(z, training=False))

        def log_ratio(z: tf.Tensor, log_prior: tf.Tensor) -> np.ndarray:
            return np.subtract(log_prob(z), log_prior, dtype="float64")

        return log_ratio


def _learning_rate(density: flows.Density) -> float:
    """Return the rate that was found to come nearest to known densities in some hundred steps."""
    if isinstance(density, flows.DiagonalMixture):
        return 1e-2
    steps = getattr(density, "bijections", ())
    recurrent = any(isinstance(step, flows.RecurrentAutoregressive) for step in steps)
    return 5e-3 if recurrent else CodeFit.learning_rate


def density_of(density: Any, size: int, seed: int) -> flows.Density:
    """Return the density that a name, or a density, stands for.

    Args:
        density: a name of `DENSITIES`, or a `kfdiv.flows.Density` of the latents.
        size: how many latents there are.
        seed: of the weights of one by name.

    Raises:
        ValueError: if there is no such density, it is not one of so many latents, or it is not
            normalised.

    Example:
        >>> density_of("mixture_50", 3, seed=0).components
        50
    """
    if isinstance(density, flows.Density):
        if density.event_shape != (size,) or density.condition_size:
            raise ValueError(
                f"density must be of the {size} latents, of shape {(size,)}, without a condition, "
                f"but it is of shape {density.event_shape}, with a condition of "
                f"{density.condition_size}."
            )
        if not density.normalized:
            raise ValueError(
                f"density must be normalised, and {type(density).__name__} is not. Use "
                f"kfdiv.flows.maf({size}), or a name: {', '.join(DENSITIES)}."
            )
        return density
    if not isinstance(density, str):
        raise TypeError(
            f"density must be one of {', '.join(DENSITIES)}, or a kfdiv.flows.Density of the "
            f"latents, such as kfdiv.flows.maf({size}), but got {density!r}."
        )
    choice = DENSITIES[check_choice("density", density, DENSITIES)]
    if size > choice.most:
        others = [name for name, other in DENSITIES.items() if size <= other.most]
        names = f"density={' or '.join(map(repr, others))}, " if others else ""
        raise ValueError(
            f"density={density!r} is for at most {choice.most:,} latents, but the model has "
            f"{size:,}. Use {names}a kfdiv.flows.Density of your own, or method='monte_carlo'."
        )
    made = choice.make(size)
    seeding.draw_weights(made, seed)
    return made
