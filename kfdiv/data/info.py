"""What a metric needs to know about a data set besides its examples."""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from kfdiv.data.standardization import Standardization


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Info:
    """Facts about a data set; None where a fact does not apply.

    Args:
        name: the registered name, or `"arrays"`.
        split: which part of the data set.
        num_classes: how many distinct labels there are.
        modes: means of the mixture's components, shape `(modes, ...)`.
        scale: standard deviation of the components: a float if all share one, else an array of
            shape `(modes,)` or `(modes, ...)`.
        weights: probabilities of the components, shape `(modes,)`.
        class_names: what the labels 0, 1, ... mean.
        standardization: of the columns of a table, to turn samples back by.
        digest: tells the files of one's own data from changed ones.

    Example:
        >>> import kfdiv
        >>> info = kfdiv.data.load("ring").stream.info
        >>> info.modes.shape, info.scale
        ((7, 3), 0.05)
    """

    name: str
    split: str | None = None
    num_classes: int | None = None
    modes: np.ndarray | None = None
    scale: float | np.ndarray | None = None
    weights: np.ndarray | None = None
    class_names: tuple[str, ...] | None = None
    standardization: Standardization | None = None
    digest: str | None = None
