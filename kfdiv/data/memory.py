"""Examples held in memory: a batch is a gather."""

from __future__ import annotations

from typing import final

import numpy as np
import tensorflow as tf

from kfdiv.data import pixels
from kfdiv.data.batching import Batching
from kfdiv.data.indexed import IndexedStream
from kfdiv.data.info import Info


@final
class MemoryStream(IndexedStream):
    """A stream over arrays. A whole group is gathered at once and scaled after, from bytes.

    Args:
        x: examples, shape `(examples, ...)`, uint8 or float32.
        y: labels, shape `(examples, ...)`, or None.
        info: facts that metrics use.
        batching: size, order and range of the batches.

    Attributes:
        x: the examples as stored, a tensor on the CPU.
        y: their labels, or None where there are none or they are not wanted.

    Raises:
        ValueError: as `Stream`; and if `x` is floats outside the `value_range` they should have.

    Example:
        >>> x = np.arange(6, dtype=np.float32).reshape(6, 1)
        >>> stream = MemoryStream(x, None, Info("six"), Batching(batch_size=2, shuffle=False))
        >>> next(iter(stream.batches(4))).numpy().ravel().tolist()
        [2.0, 3.0]
    """

    def __init__(self, x: np.ndarray, y: np.ndarray | None, info: Info, batching: Batching) -> None:
        label = None if y is None else tf.TensorSpec(y.shape[1:], y.dtype)
        super().__init__(len(x), tf.TensorSpec(x.shape[1:], x.dtype), label, info, batching)
        if x.dtype != np.uint8 and batching.value_range is not None:
            pixels.check_range(x, batching.value_range)
        # tf.data runs on the CPU; without this the examples would go to the GPU and come back.
        with tf.device("CPU:0"):
            self.x = tf.constant(x)
            self.y = tf.constant(y) if self._labelled else None

    def _look_up(self, example: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        return tf.gather(self.x, example), tf.gather(self.y, example) if self._labelled else None
