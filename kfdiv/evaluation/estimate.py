"""A mean of independent values, and how far to trust it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kfdiv.data import validate


class Estimate(NamedTuple):
    """A mean `m = 1/n sum_i v_i` and its standard error `sd(v) / sqrt(n)`.

    With weights w it is the ratio `m = sum_i w_i v_i / sum_i w_i`, whose standard error is
    `sqrt(n / (n - 1) sum_i w_i^2 (v_i - m)^2) / sum_i w_i`, n the number of positive weights
    (Cochran 1977, section 6.3). It does not depend on the weights' scale: a weight of 2 means an
    example that stands for two, not two independent ones.

    Attributes:
        value: the mean.
        standard_error: of the mean.

    Example:
        >>> estimate = Estimate.of([1.0, 2.0, 3.0])
        >>> estimate.value, round(estimate.standard_error, 4)
        (2.0, 0.5774)
        >>> Estimate.of([1.0, 2.0, 9.0], [1, 3, 0]).value
        1.75
    """

    value: float
    standard_error: float

    @classmethod
    def of(cls, values: Any, weights: Any = None) -> Estimate:
        """Estimate the mean of independent `values`, two or more.

        Args:
            values: of any shape.
            weights: of the same shape: how often each value counts, or None. One of weight zero
                takes no part, even where it is not finite.

        Raises:
            ValueError: if there are fewer than two of positive weight, as one has no standard
                error; or weights are negative, not finite, or all zero.
        """
        values = np.asarray(values, np.float64)
        if not values.size:
            raise ValueError("The mean of no values was asked for.")
        if weights is not None:
            return cls._weighted(values, np.asarray(weights, np.float64))
        values = values.ravel()
        check_two(len(values))
        error = values.std(ddof=1) / np.sqrt(len(values))
        return cls(float(values.mean()), float(error))

    @classmethod
    def _weighted(cls, values: np.ndarray, weights: np.ndarray) -> Estimate:
        if weights.shape != values.shape:
            raise ValueError(
                f"weights must be one for each value, of shape {values.shape}, but got shape "
                f"{weights.shape}."
            )
        validate.check_weights(weights.ravel(), weights.size)
        validate.check_any_weight(weights)
        values, weights = values[weights > 0], weights[weights > 0]
        count, total = len(values), weights.sum()
        check_two(count)
        mean = (weights * values).sum() / total
        squares = np.square(weights * (values - mean)).sum()
        return cls(float(mean), float(np.sqrt(count / (count - 1) * squares) / total))


def check_two(count: int, name: str = "values") -> None:
    """Raise unless there are two examples, without which a figure has no standard error.

    Args:
        count: how many of positive weight there are.
        name: what holds them.

    Example:
        >>> check_two(1, "images")
        Traceback (most recent call last):
        ...
        ValueError: images must hold two examples or more, without which a figure has no standard
        error, but got 1.
    """
    if count < 2:
        raise ValueError(
            f"{name} must hold two examples or more, without which a figure has no standard error, "
            f"but got {count}."
        )
