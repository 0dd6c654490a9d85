"""The marginal KL of one trained model, by every estimator."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import kfdiv
from examples.lib import encoder_fits, resumable
from examples.lib.encoder_fits import Fit

MONTE_CARLO, RATIO, LSTM = "monte_carlo", "ratio", "lstm"
DENSITIES = ("mixture_10", "mixture_50", "mixture_100", "maf", LSTM)
ALL = (MONTE_CARLO, RATIO, *DENSITIES)


@dataclasses.dataclass(frozen=True)
class Budget:
    """What is measured, and by how much work.

    Args:
        methods: "monte_carlo", "ratio", or a density's name.
        draws: z that log q(z)/p(z) is averaged over by Monte Carlo, each of which meets the whole
            data set.
        other_draws: the same for the other methods.
        steps: that classifiers and densities are trained for.
        seed: of draws and weights.
    """

    methods: tuple[str, ...] = ALL
    draws: int = 20_000
    other_draws: int = 20_000
    steps: int = 2_000
    seed: int = 0


def measure(job: tuple[Fit, str, Budget]) -> dict[str, Any]:
    """Train a model, or load it, and measure it by each method, or read what was found.

    Args:
        job: the model, a folder in which each fit has one of its own, and the budget.

    Returns:
        The fit's name, settings and seconds, numbers of weights and latents, and by method the
        figures of `kfdiv.evaluation.MarginalKL` in nats.
    """
    fit, workdir, budget = job

    def measured() -> dict[str, Any]:
        trained = Trained(fit, workdir)
        return trained.about() | {"measures": trained.measures(budget)}

    asked = {"fit": dataclasses.asdict(fit), "budget": dataclasses.asdict(budget)}
    return resumable.kept(pathlib.Path(workdir, fit.name, "measured.json"), asked, measured)


class Trained:
    """A model, and what was measured of it.

    Args:
        fit: what is trained, or loaded.
        workdir: a folder in which each fit has one of its own.
    """

    def __init__(self, fit: Fit, workdir: str) -> None:
        self._fit = fit
        self._folder = pathlib.Path(workdir, fit.name)
        self.model, self._seconds = encoder_fits.train(fit, workdir)

    # Read at the first need: encoding a whole data set takes as long as some of the methods.
    @functools.cached_property
    def posteriors(self) -> kfdiv.evaluation.Posteriors:
        """The posteriors of the training data, of every example."""
        return kfdiv.evaluation.Posteriors(self.model, self._fit.dataset().stream.examples())

    def about(self) -> dict[str, Any]:
        """Return the fit's name, settings and seconds, and the numbers of weights and latents."""
        weights = [np.prod(one.shape) for one in self.model.trainable_variables]
        return {
            "system": self._fit.name,
            "settings": dict(self._fit.settings),
            "steps": self._fit.steps,
            "seconds": self._seconds,
            "parameters": int(sum(weights)),
            "latents": self.model.prior.size,
        }

    def measures(self, budget: Budget) -> dict[str, dict[str, Any]]:
        """Return the figures of the training data by each method."""
        found = {}
        for method in budget.methods:
            options = _options(method, budget)
            found[method] = self.kept(method, options, lambda options=options: options)
        return found

    def kept(
        self, name: str, asked: dict[str, Any], options: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the figures of one `marginal_kl` of the training data, or read them.

        Args:
            name: of the file that keeps them.
            asked: all that they are a function of, beside the fit.
            options: returns the arguments of `marginal_kl`, networks among them.
        """

        def measured() -> dict[str, Any]:
            began = time.perf_counter()
            found = kfdiv.evaluation.marginal_kl(self.model, self.posteriors, **options())
            seconds = time.perf_counter() - began
            return found.figures() | {"examples": len(self.posteriors), "seconds": seconds}

        asked = {"fit": dataclasses.asdict(self._fit), **asked}
        return resumable.kept(self._folder / f"{name}.json", asked, measured)


def _options(method: str, budget: Budget) -> dict[str, Any]:
    """Return the arguments of `marginal_kl` for a method."""
    exact = method == MONTE_CARLO
    options = {"num_draws": budget.draws if exact else budget.other_draws, "seed": budget.seed}
    if method in DENSITIES:
        options |= {"method": "density", "density": method}
    else:
        options["method"] = method
    return options if exact else options | {"steps": budget.steps, "jit_compile": False}
