"""A mean of independent values, and how far to trust it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A mean `m = 1/n sum_i v_i` and its standard error `sd(v) / sqrt(n)`.

    Attributes:
        value: the mean.
        standard_error: of the mean; NaN below two values.

    Example:
        >>> estimate = Estimate.of([1.0, 2.0, 3.0])
        >>> estimate.value, round(estimate.standard_error, 4)
        (2.0, 0.5774)
    """

    value: float
    standard_error: float

    @classmethod
    def of(cls, values: Any) -> Estimate:
        """Estimate the mean of independent `values`, of any shape.

        Raises:
            ValueError: if there are none.
        """
        values = np.asarray(values, np.float64).ravel()
        if not len(values):
            raise ValueError("The mean of no values was asked for.")
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        return cls(float(values.mean()), float(error))
