"""The data points: checked, flat, centred, on the device, outside every checkpoint."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kfdiv.distributions.empirical.chunks import Chunk, checked

_PIECE = 2**24  # numbers handled at a time (64 MB), so that temporary copies stay small


class Shard(NamedTuple):
    """Some of the points, all on one device.

    Attributes:
        values: the points, centred, `(n, D)`.
        squares: their squared norms, `(n,)`.
        log_weights: logarithms of their weights, or None if all weigh the same.
        device: where they are and are to be summed; None is wherever TensorFlow puts them.
    """

    values: tf.Tensor
    squares: tf.Tensor
    log_weights: tf.Tensor | None
    device: str | None

    @property
    def size(self) -> int:
        """Of the points, n."""
        return self.values.shape[0]

    def on_device(self) -> contextlib.AbstractContextManager[None]:
        """Place what is computed in this context beside the points."""
        return _on(self.device)


def _on(device: str | None) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext() if device is None else tf.device(device)


def _one_device(_: int) -> tuple[None]:
    return (None,)


class Points:
    """Data `(N, D)` as the tensors that mixtures of kernels are computed from.

    The mean is subtracted: distances do not change, and `|x|^2 + |y|^2 - 2 x.y` loses far fewer
    digits in float32. A point of weight zero is left out.

    Args:
        chunks: arrays `(n, ...)`, together all points; or pairs of one and its weights `(n,)`.
        dtype: float dtype of the tensors.
        devices: from the number of their bytes to the devices that share the points out.

    Attributes:
        shards: the points in nearly equal parts, one a device; mostly there is one.
        mean: what was subtracted, `(D,)`; with weights the weighted mean.
        weights: float64 array `(N,)` of mean one, or None if all weigh the same.

    Raises:
        ValueError: if there is no point, an entry is NaN or infinite, or shapes differ; if a weight
            is negative or not finite, or all are zero.
        TypeError: if the data is not floating point.
    """

    def __init__(
        self,
        chunks: Iterable[Chunk],
        dtype: str = "float32",
        devices: Callable[[int], Sequence[str | None]] = _one_device,
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
        places = devices(self.size * self.dimension * np.dtype(dtype).itemsize)[: self.size]
        with tf.init_scope():
            self.mean = tf.reshape(tf.convert_to_tensor(mean), [-1])
            pieces.reverse()
            ends = [self.size * (k + 1) // len(places) for k in range(len(places))]
            self.shards = tuple(
                self._shard(pieces, mean, begin, end, place)
                for begin, end, place in zip([0, *ends[:-1]], ends, places, strict=True)
            )

    @property
    def values(self) -> tf.Tensor:
        """The points, centred, `(N, D)`, where they are not shared out."""
        return self._whole().values

    @property
    def squares(self) -> tf.Tensor:
        """Their squared norms, `(N,)`."""
        return self._whole().squares

    @property
    def log_weights(self) -> tf.Tensor | None:
        """Logarithms of the weights, `(N,)`, or None."""
        return self._whole().log_weights

    def _whole(self) -> Shard:
        (shard,) = self.shards
        return shard

    def _shard(
        self, pieces: list[np.ndarray], mean: np.ndarray, begin: int, end: int, device: str | None
    ) -> Shard:
        """Take the points from `begin` to `end` off the end of `pieces`."""
        size = end - begin
        with _on(device):
            values = tf.raw_ops.Empty(shape=(size, self.dimension), dtype=mean.dtype, init=False)
            squares, filled = [], 0
            while filled < size:
                piece = pieces.pop()
                piece, rest = np.split(piece, [size - filled])
                if len(rest):
                    pieces.append(rest)
                piece -= mean
                piece = piece.reshape(len(piece), self.dimension)
                # Row by row into one tensor: the data is never in memory twice.
                rows = tf.range(filled, filled + len(piece))
                values = tf.raw_ops.InplaceUpdate(x=values, i=rows, v=piece)
                squares.append(np.square(piece, dtype="float64").sum(1).astype(mean.dtype))
                filled += len(piece)
            log_weights = None
            if self.weights is not None:
                log_weights = tf.constant(np.log(self.weights[begin:end]), mean.dtype)
            return Shard(values, tf.concat(squares, axis=0), log_weights, device)


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
