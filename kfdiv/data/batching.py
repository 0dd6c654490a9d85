"""How examples become batches: the settings that every data set shares."""

from __future__ import annotations

import dataclasses
import math
from typing import final

from kfdiv.arguments import check_count, check_flag

VALUE_RANGES = ((0.0, 1.0), (-1.0, 1.0))


@final
@dataclasses.dataclass(frozen=True)
class Batching:
    """Size, order and range of the batches of a stream.

    Args:
        batch_size: examples a batch, over all replicas.
        seed: of the order; the same seed gives the same stream.
        value_range: `(0, 1)` or `(-1, 1)`, the range that pixels are scaled to. None means
            `(0, 1)` for uint8 pixels, and leaves floats as they are.
        drop_remainder: leave out an epoch's last, smaller batch.
        shuffle: draw a new order each epoch; otherwise the examples come as they are stored.
        labels: True for `(x, y)`, False for `x`, None for `(x, y)` where the data set has labels.

    Raises:
        TypeError: if a setting has the wrong type.
        ValueError: if `batch_size` is not positive or `value_range` is neither of the two.

    Example:
        >>> Batching(batch_size=64, value_range=(-1, 1)).value_range
        (-1.0, 1.0)
    """

    batch_size: int = 100
    seed: int = 0
    value_range: tuple[float, float] | None = None
    drop_remainder: bool = True
    shuffle: bool = True
    labels: bool | None = None

    def __post_init__(self) -> None:
        batch_size = check_count("batch_size", self.batch_size)
        object.__setattr__(self, "batch_size", batch_size)
        seed = check_count("seed", self.seed, least=-math.inf, expected="an integer")
        object.__setattr__(self, "seed", seed)
        check_flag("drop_remainder", self.drop_remainder)
        check_flag("shuffle", self.shuffle)
        if self.labels is not None:
            check_flag("labels", self.labels)
        if self.value_range is not None:
            object.__setattr__(self, "value_range", _value_range(self.value_range))


def _value_range(value: object) -> tuple[float, float]:
    for choice in VALUE_RANGES:
        if isinstance(value, (tuple, list)) and tuple(value) == choice:
            return choice
    raise ValueError(
        f"Received value_range={value!r}; expected (0, 1), (-1, 1), or None for the data set's own."
    )
