"""The data points: checked, flat, centred, on the device, outside every checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from kfdiv.distributions.empirical.chunks import Chunk, checked

_PIECE = 2**24  # numbers handled at a time (64 MB), so that temporary copies stay small


class Points:
    """Data `(N, D)` as the tensors that mixtures of kernels are computed from.

    The mean is subtracted: distances do not change, and `|x|^2 + |y|^2 - 2 x.y` loses far fewer
    digits in float32. A point of weight zero is left out.

    Args:
        chunks: arrays `(n, ...)`, together all points; or pairs of one and its weights `(n,)`.
        dtype: float dtype of the tensors.

    Attributes:
        values: the points, centred, `(N, D)`.
        squares: their squared norms, `(N,)`.
        mean: what was subtracted, `(D,)`; with weights the weighted mean.
        weights: float64 array `(N,)` of mean one, or None if all weigh the same.
        log_weights: its logarithm as a tensor, or None.

    Raises:
        ValueError: if there is no point, an entry is NaN or infinite, or shapes differ; if a weight
            is negative or not finite, or all are zero.
        TypeError: if the data is not floating point.
    """

    def __init__(
        self,
        chunks: Iterable[Chunk],
        dtype: str = "float32",
    ) -> None:
        weights: list[np.ndarray] = []
        pieces = list(_pieces(checked(chunks, weights), dtype))
        if not pieces and weights:
            raise ValueError(
                "The data distribution received weights that are all zero, which leaves no point. "
                "Give at least one example a positive weight."
            )
        if not pieces:
            raise ValueError(
                "The data distribution received an empty data set. Pass at least one example; a "
                "batch size larger than the data with drop_remainder=True also leaves none."
            )
        self.event_shape = pieces[0].shape[1:]
        self.dimension = math.prod(self.event_shape)
        self.size = sum(len(piece) for piece in pieces)
        self.weights = _relative(weights)
        mean = _mean(pieces, self.weights).astype(dtype)
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
            self.log_weights = None
            if self.weights is not None:
                self.log_weights = tf.constant(np.log(self.weights), dtype)


def _pieces(chunks: Iterable[np.ndarray], dtype: str) -> Iterator[np.ndarray]:
    """Regroup chunks of any length into arrays that are large enough to give their memory back."""
    piece, filled = None, 0
    for chunk in chunks:
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


def _relative(weights: list[np.ndarray]) -> np.ndarray | None:
    """Return the weights divided by their mean, or None if they are all alike."""
    if not weights:
        return None
    joined = np.concatenate(weights)
    return None if (joined == joined[0]).all() else joined / joined.mean()


def _mean(pieces: list[np.ndarray], weights: np.ndarray | None) -> np.ndarray:
    """Return the mean of all points in float64, `sum_n w_n x_n / N`."""
    size = sum(len(piece) for piece in pieces)
    if weights is None:
        return sum(piece.sum(0, dtype="float64") for piece in pieces) / size
    ends = np.cumsum([len(piece) for piece in pieces])[:-1]
    parts = zip(np.split(weights, ends), pieces, strict=True)
    return sum(np.tensordot(w, piece, 1) for w, piece in parts) / size
