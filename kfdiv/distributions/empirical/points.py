"""The data points: checked, flat, centred, on the device, outside every checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator

import keras
import numpy as np
import tensorflow as tf

_PIECE = 2**24  # numbers handled at a time (64 MB), so that temporary copies stay small
_PATIENCE = 5.0  # seconds before a pass over a data set reports its progress


class Points:
    """Data `(N, D)` as the tensors that mixtures of kernels are computed from.

    The mean is subtracted: distances do not change, and `|x|^2 + |y|^2 - 2 x.y` loses far fewer
    digits in float32.

    Args:
        chunks: arrays `(n, ...)`, together all points.
        dtype: float dtype of the tensors.

    Raises:
        ValueError: if there is no point, an entry is NaN or infinite, or shapes differ.
        TypeError: if the data is not floating point.
    """

    def __init__(self, chunks: Iterable[np.ndarray], dtype: str = "float32") -> None:
        pieces = list(_pieces(chunks, dtype))
        if not pieces:
            raise ValueError(
                "The data distribution received an empty data set. Pass at least one example; a "
                "batch size larger than the data with drop_remainder=True also leaves none."
            )
        self.event_shape = pieces[0].shape[1:]
        self.dimension = math.prod(self.event_shape)
        self.size = sum(len(piece) for piece in pieces)
        mean = sum(piece.sum(0, dtype="float64") for piece in pieces) / self.size
        mean = mean.astype(dtype)
        with tf.init_scope():
            self.mean = tf.reshape(tf.convert_to_tensor(mean), [-1])
            values = tf.raw_ops.Empty(shape=(self.size, self.dimension), dtype=dtype, init=False)
            squares, filled = [], 0
            pieces.reverse()
            while pieces:
                piece = pieces.pop()
                piece -= mean
                piece = piece.reshape(len(piece), self.dimension)
                # Row by row into one tensor: the data is never in memory twice.
                rows = tf.range(filled, filled + len(piece))
                values = tf.raw_ops.InplaceUpdate(x=values, i=rows, v=piece)
                squares.append(np.square(piece, dtype="float64").sum(1).astype(dtype))
                filled += len(piece)
            self.values = values
            self.squares = tf.concat(squares, axis=0)

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
        return cls(_batches(dataset), dtype)


def _pieces(chunks: Iterable[np.ndarray], dtype: str) -> Iterator[np.ndarray]:
    """Regroup chunks of any length into arrays that are large enough to give their memory back."""
    piece, filled = None, 0
    for chunk in chunks:
        _check(chunk)
        if piece is None:
            rows = max(1, _PIECE // max(1, math.prod(chunk.shape[1:])))
            piece = np.empty((rows, *chunk.shape[1:]), dtype)
        if chunk.shape[1:] != piece.shape[1:]:
            raise ValueError(
                f"Examples of shapes {piece.shape[1:]} and {chunk.shape[1:]} were received; the "
                "data distribution needs one shape. Resize or crop them alike."
            )
        while len(chunk):
            part, chunk = chunk[: len(piece) - filled], chunk[len(piece) - filled :]
            piece[filled : filled + len(part)] = part
            filled += len(part)
            if filled == len(piece):
                yield piece
                piece, filled = np.empty_like(piece), 0
    if filled:
        yield piece[:filled]


def _batches(dataset: tf.data.Dataset) -> Iterable[np.ndarray]:
    """Yield the examples of each batch; draw a progress bar once the pass turns out to be long."""
    total = int(dataset.cardinality())
    progress = keras.utils.Progbar(total if total > 0 else None, unit_name="batch")
    begin, count, shown = time.monotonic(), 0, False
    for batch in dataset.as_numpy_iterator():
        count += 1
        if time.monotonic() - begin > _PATIENCE and count != total:
            progress.update(count)
            shown = True
        yield batch[0] if isinstance(batch, tuple) else batch
    if shown:
        progress.update(count, finalize=True)


def _check(chunk: np.ndarray) -> None:
    """Look at the type, the rank and every number of a chunk."""
    if not np.issubdtype(chunk.dtype, np.floating):
        raise TypeError(
            f"The data distribution needs floating-point examples, received dtype {chunk.dtype}. "
            "The spread width is in the units of the data, so scale it first: x.astype('float32') "
            "/ 255, say."
        )
    if chunk.ndim < 2 or 0 in chunk.shape[1:]:
        raise ValueError(
            f"The data distribution needs batches (batch, ...), received shape {chunk.shape}. For "
            "scalar examples use shape (batch, 1); batch the data set first if it is not batched."
        )
    wrong = chunk.size - int(np.isfinite(chunk).sum())
    if wrong:
        raise ValueError(
            f"The data contains NaN or infinity: {wrong} of {chunk.size} numbers in one batch of "
            "examples. Clean or drop those examples first."
        )
