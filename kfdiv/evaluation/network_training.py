"""What an evaluation trains: one network of its own, by a loss and a figure of its own."""

from __future__ import annotations

import abc
import math
from typing import Any

from kfdiv.evaluation.estimate import Estimate, check_two
from kfdiv.models.objective import Objective
from kfdiv.models.roles import Update


class NetworkTraining(Objective, abc.ABC):
    """Trains one network, that of its one role, and nothing else.

    Args:
        seed: of the draws.
    """

    def updates(self) -> tuple[Update, ...]:
        """Return the network's one update."""
        (role,) = self.roles
        return (Update((role.name,), tag=role.name),)

    def measured(self, dataset: Any, name: str) -> Estimate:
        """Return a figure on a whole data set, with its standard error if it is told.

        Args:
            dataset: as `evaluate` takes it.
            name: what `evaluate` calls the figure.
        """
        # One pass over a few data does not pay for its compilation.
        compiled, self.jit_compile = self.jit_compile, False
        try:
            logs = self.evaluate(dataset, verbose=0, return_dict=True)
        finally:
            self.jit_compile = compiled
        found = Estimate(float(logs[name]), float(logs.get(f"{name}_se", math.nan)))
        if f"{name}_se" in logs and math.isfinite(found.value) and math.isnan(found.standard_error):
            check_two(1, "The data that are judged")
        return found
