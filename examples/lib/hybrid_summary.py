"""Best, median and range of a model's scores over a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# What is better: more, less, or what is nearer to real data's.
BETTER = {
    "negative_wasserstein": "more",
    "inception_score": "more",
    "diversity": "nearer",
    "kid": "less",
    "precision": "more",
    "recall": "more",
    "modes": "more",
    "reconstruction": "less",
}


def merit(score: str, value: float, real: float | None) -> float:
    """Return a number that is higher for a better score.

    Args:
        score: its name.
        value: what a run has.
        real: what real data have, where the nearest is best.

    Example:
        >>> merit("kid", 2.0, None), merit("diversity", 0.75, 1.0)
        (-2.0, -0.25)
    """
    better = BETTER[score]
    if better == "nearer":
        return -abs(value - real)
    return value if better == "more" else -value


def best(
    fits: Sequence[dict[str, Any]], score: str, real: Mapping[str, list[float | None]]
) -> dict[str, Any] | None:
    """Return the run with the best score, None where no run has it.

    Args:
        fits: of any models.
        score: its name.
        real: scores of real data.
    """
    having = [fit for fit in fits if value_of(fit, score) is not None]
    data = real.get(score, [None])[0]
    return max(having, key=lambda fit: merit(score, value_of(fit, score), data), default=None)


def value_of(fit: dict[str, Any], score: str) -> float | None:
    """Return a run's score, None where it has none."""
    return ((fit["scores"] or {}).get(score) or [None])[0]


def real_wasserstein(fits: Sequence[dict[str, Any]]) -> list[float | None]:
    """Return what the runs' critics say of real data, their mean and its standard deviation.

    Example:
        >>> fit = {"scores": {"negative_wasserstein_of_data": [-0.5, 0.1]}}
        >>> real_wasserstein([fit, fit])
        [-0.5, 0.0]
    """
    values = [value_of(fit, "negative_wasserstein_of_data") for fit in fits]
    values = [value for value in values if value is not None]
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return [float(np.mean(values)) if values else None, sd]


def by_model(
    fits: Sequence[dict[str, Any]], real: Mapping[str, list[float | None]]
) -> dict[str, dict[str, Any]]:
    """Return for each model "runs", those that "failed", and of each score what the sweep found.

    Args:
        fits: runs, as `hybrid_study.train` returns them.
        real: scores of real data.

    Returns:
        For each score "best" with its "se", "median", "lowest" and "highest"; None where no run of
        the model has it.

    Example:
        >>> fits = [
        ...     {"model": "vae", "failure": None, "scores": {"kid": [value, 0.1]}}
        ...     for value in (1.0, 4.0, 2.0)
        ... ]
        >>> by_model(fits, {})["vae"]["kid"]
        {'best': 1.0, 'se': 0.1, 'median': 2.0, 'lowest': 1.0, 'highest': 4.0}
    """
    table: dict[str, dict[str, Any]] = {}
    for model in dict.fromkeys(fit["model"] for fit in fits):
        mine = [fit for fit in fits if fit["model"] == model]
        failed = sum(fit["failure"] is not None for fit in mine)
        table[model] = {"runs": len(mine), "failed": failed}
        for score in BETTER:
            values = [value_of(fit, score) for fit in mine]
            values = [value for value in values if value is not None]
            table[model][score] = None
            if values:
                value, se = best(mine, score, real)["scores"][score]
                table[model][score] = {
                    "best": value,
                    "se": se,
                    "median": float(np.median(values)),
                    "lowest": min(values),
                    "highest": max(values),
                }
    return table
