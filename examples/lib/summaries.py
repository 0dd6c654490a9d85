"""What several seeds say of a system."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


def by_system(fits: Sequence[dict[str, Any]], measures: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return mean and standard deviation over seeds, by system and measure.

    Args:
        fits: each with a "system", and values of the measures, or None.
        measures: their names.

    Returns:
        For each system "seeds", their number, and for each measure "mean" and "sd", which is None
        for one seed; or None for a measure that the system does not have.

    Example:
        >>> by_system([{"system": "kl", "bound": 1.0}, {"system": "kl", "bound": 3.0}], ["bound"])
        {'kl': {'seeds': 2, 'bound': {'mean': 2.0, 'sd': 1.4142135623730951}}}
    """
    table: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(fit["system"] for fit in fits):
        mine = [fit for fit in fits if fit["system"] == name]
        table[name] = {"seeds": len(mine)}
        for measure in measures:
            found = [fit[measure] for fit in mine]
            if None in found:
                table[name][measure] = None
                continue
            values = np.array(found, np.float64)
            sd = float(values.std(ddof=1)) if len(values) > 1 else None
            table[name][measure] = {"mean": float(values.mean()), "sd": sd}
    return table
