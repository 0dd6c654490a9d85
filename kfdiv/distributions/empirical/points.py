"""The data points: checked, flat, centred, on the device, outside every checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

_ROWS = 4096  # rows handled at a time, so that float64 sums and casts stay small
_PATIENCE = 5.0  # seconds before a pass over a data set reports its progress


class Points:
    """Data `(N, D)` as the tensors that mixtures of kernels are computed from.

    The mean is subtracted: distances do not change, and `|x|^2 + |y|^2 - 2 x.y` loses far fewer
    digits in float32.

    Args:
        chunks: arrays `(n, ...)`, together all points; the list is emptied as it is read, so that
            memory does not hold the data twice for longer than it must.
        dtype: float dtype of the tensors.

    Raises:
        ValueError: if there is no point, an entry is NaN or infinite, or shapes differ.
        TypeError: if the data is not floating point.
    """

    def __init__(self, chunks: list[np.ndarray], dtype: str = "float32") -> None:
        self.size = sum(len(_checked(chunk)) for chunk in chunks)
        if self.size == 0:
            raise ValueError(
                "The data distribution received an empty data set. Pass at least one example; a "
                "batch size larger than the data with drop_remainder=True also leaves none."
            )
        self.event_shape = chunks[0].shape[1:]
        self.dimension = math.prod(self.event_shape)
        values = np.empty((self.size, self.dimension), dtype)
        filled = 0
        chunks.reverse()
        while chunks:
            chunk = chunks.pop()
            if chunk.shape[1:] != self.event_shape:
                raise ValueError(
                    f"Examples of shapes {self.event_shape} and {chunk.shape[1:]} were received; "
                    "the data distribution needs one shape. Resize or crop them alike."
                )
            values[filled : filled + len(chunk)] = chunk.reshape(len(chunk), -1)
            filled += len(chunk)
        mean = sum(block.sum(0, dtype="float64") for block in _blocks(values)) / self.size
        mean = mean.astype(dtype)
        squares = []
        for block in _blocks(values):
            block -= mean
            squares.append(np.square(block, dtype="float64").sum(1))
        squares = np.concatenate(squares).astype(dtype)
        with tf.init_scope():
            self.mean = tf.convert_to_tensor(mean)
            self.values = tf.convert_to_tensor(values)
            self.squares = tf.convert_to_tensor(squares)

    @classmethod
    def from_dataset(cls, dataset: tf.data.Dataset, dtype: str = "float32") -> Points:
        """Read a finite, batched data set once; of `(x, y, ...)` elements only `x` is kept.

        Raises:
            ValueError: if the data set is infinite, and as the constructor does.
            TypeError: if an element is neither a tensor nor a tuple that starts with one.
        """
        if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
            raise ValueError(
                "The data distribution received an infinite data set; it reads one whole pass. "
                "Pass the data set before .repeat(), or dataset.take(steps)."
            )
        spec = dataset.element_spec
        spec = spec[0] if isinstance(spec, tuple) else spec
        if not isinstance(spec, tf.TensorSpec):
            raise TypeError(
                f"The data distribution reads data sets of x or (x, y), received elements {spec}. "
                "Map the data set to its examples first: dataset.map(lambda element: "
                "element['image'])."
            )
        return cls(list(_batches(dataset)), dtype)


def _batches(dataset: tf.data.Dataset) -> Iterable[np.ndarray]:
    """Yield the examples of each batch; draw a progress bar once the pass turns out to be long."""
    total = int(dataset.cardinality())
    progress = keras.utils.Progbar(total if total > 0 else None, unit_name="batch")
    begin = time.monotonic()
    for count, batch in enumerate(dataset.as_numpy_iterator(), start=1):
        if time.monotonic() - begin > _PATIENCE:
            progress.update(count)
        yield batch[0] if isinstance(batch, tuple) else batch


def _blocks(values: np.ndarray) -> Iterable[np.ndarray]:
    return (values[start : start + _ROWS] for start in range(0, len(values), _ROWS))


def _checked(chunk: np.ndarray) -> np.ndarray:
    """Return one chunk of data, having looked at its type, its rank and every number."""
    if not np.issubdtype(chunk.dtype, np.floating):
        raise TypeError(
            f"The data distribution needs floating-point examples, received dtype {chunk.dtype}. "
            "The spread width is in the units of the data, so scale it first: x.astype('float32') "
            "/ 255, say."
        )
    if chunk.ndim < 2:
        raise ValueError(
            f"The data distribution needs batches (batch, ...), received shape {chunk.shape}. For "
            "scalar examples use shape (batch, 1); batch the data set first if it is not batched."
        )
    for block in _blocks(chunk):
        if not np.isfinite(block).all():
            raise ValueError(
                f"The data contains NaN or infinity: {np.sum(~np.isfinite(block))} of {block.size} "
                "numbers in one block of examples. Clean or drop those examples first."
            )
    return chunk
