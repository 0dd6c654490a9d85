"""How examples become batches: the settings that every data set shares."""

from __future__ import annotations

import dataclasses
import numbers
from typing import final

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
        for name in ("batch_size", "seed"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, numbers.Integral):
                raise TypeError(f"Received {name}={value!r}; expected an integer.")
            object.__setattr__(self, name, int(value))
        for name in ("drop_remainder", "shuffle", "labels"):
            value = getattr(self, name)
            if not isinstance(value, bool) and not (name == "labels" and value is None):
                raise TypeError(f"Received {name}={value!r}; expected True or False.")
        if self.batch_size < 1:
            raise ValueError(
                f"Received batch_size={self.batch_size}; expected a positive number of examples."
            )
        if self.value_range is not None:
            object.__setattr__(self, "value_range", _value_range(self.value_range))


def _value_range(value: object) -> tuple[float, float]:
    for choice in VALUE_RANGES:
        if isinstance(value, (tuple, list)) and tuple(value) == choice:
            return choice
    raise ValueError(
        f"Received value_range={value!r}; expected (0, 1), (-1, 1), or None for the data set's own."
    )
