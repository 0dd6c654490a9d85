"""A table of classifiers, each of which estimates the marginal KL of the same trained model."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from examples.lib import marginal_study, resumable
from examples.lib.code_classifiers import Architecture
from examples.lib.encoder_fits import Fit


@dataclasses.dataclass(frozen=True)
class Table:
    """What is estimated, by what, and by how much work.

    Args:
        name: of the table.
        fit: the model.
        workdir: a folder in which each fit has one of its own.
        rows: the classifiers.
        units: of each hidden layer.
        steps: of training.
        draws: z that every figure is averaged over.
        seed: of draws and weights.
    """

    name: str
    fit: Fit
    workdir: str
    rows: tuple[Architecture, ...]
    units: int
    steps: int
    draws: int
    seed: int = 0


def measure(table: Table) -> dict[str, Any]:
    """Train the model, or load it, and estimate by each row, or read what was found.

    Returns:
        What `marginal_study.measure` returns, by Monte Carlo alone, and for each row its fields,
        and the figures of `kfdiv.evaluation.MarginalKL` in nats.
    """
    path = pathlib.Path(table.workdir, table.fit.name, f"table-{table.name}.json")
    return resumable.kept(path, dataclasses.asdict(table), lambda: _measured(table))


def _measured(table: Table) -> dict[str, Any]:
    trained = marginal_study.Trained(table.fit, table.workdir)
    exact = marginal_study.Budget((marginal_study.MONTE_CARLO,), table.draws, seed=table.seed)
    measures = trained.measures(exact)
    rows = [dataclasses.asdict(row) | _estimate(trained, row, table) for row in table.rows]
    return trained.about() | {"table": table.name, "measures": measures, "rows": rows}


def _estimate(trained: marginal_study.Trained, row: Architecture, table: Table) -> dict[str, Any]:
    plain: dict[str, Any] = {"method": "ratio", "num_draws": table.draws, "seed": table.seed}
    plain |= {"steps": table.steps, "penalty": row.penalty, "jit_compile": False}

    def options() -> dict[str, Any]:
        network = row.network(trained.model.prior.size, table.units, table.seed)
        return plain | {"classifier": network, "optimizer": row.optimizer()}

    asked = plain | {"units": table.units, "row": dataclasses.asdict(row)}
    return trained.kept(f"classifier-{row.name}", asked, options)
