"""Examples held in memory: a batch is a gather."""

from __future__ import annotations

from typing import final

import numpy as np
import tensorflow as tf

from kfdiv.data import pixels
from kfdiv.data.info import Info
from kfdiv.data.source import Example, IndexedSource


@final
class MemorySource(IndexedSource):
    """Examples in arrays. A whole group is gathered at once and scaled after, from bytes.

    Args:
        x: examples, shape `(examples, ...)`, uint8 or float32.
        y: labels, shape `(examples, ...)`, or None.
        info: facts that metrics use.
        w: weights, float32 of shape `(examples,)`, or None.

    Raises:
        ValueError: as `Source`.

    Example:
        >>> source = MemorySource(np.arange(6, dtype=np.float32)[:, None], None, Info("six"))
        >>> source.take(tf.constant([2, 0])).x.numpy().ravel().tolist()
        [2.0, 0.0]
    """

    def __init__(
        self, x: np.ndarray, y: np.ndarray | None, info: Info, w: np.ndarray | None = None
    ) -> None:
        arrays = Example(x, y, w)
        spec = (None if a is None else tf.TensorSpec(a.shape[1:], a.dtype) for a in arrays)
        super().__init__(len(x), Example(*spec), info)
        # tf.data runs on the CPU; without this the examples would go to the GPU and come back.
        with tf.device("CPU:0"):
            self._parts = Example(*(None if a is None else tf.constant(a) for a in arrays))

    def check_range(self, value_range: tuple[float, float]) -> None:
        """Raise a ValueError if floats are not in `value_range`; bytes are scaled to it later."""
        if self.spec.x.dtype != tf.uint8:
            pixels.check_range(self._parts.x.numpy(), value_range)

    def lies_within(self, low: float, high: float) -> bool:
        """Say whether all values are from `low` to `high`, as they are stored."""
        x = self._parts.x.numpy()
        return bool(x.min() >= low and x.max() <= high)

    def take(self, indices: tf.Tensor) -> Example:
        """See `IndexedSource.take`."""
        return Example(*(None if p is None else tf.gather(p, indices) for p in self._parts))
