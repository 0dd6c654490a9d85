"""Approximate nearest neighbours of an index: faiss, or a bucketed search inside the graph."""

from __future__ import annotations

import abc
import importlib.util
import math

import numpy as np
import tensorflow as tf

from kfdiv.distributions.empirical.points import Points
from kfdiv.distributions.empirical.projection import Projection
from kfdiv.registry import Registry

registry = Registry("neighbour search")

_CHUNK = 16384  # points scored at a time
# Buckets a wanted neighbour: about one in 16 shares a bucket with a nearer one and is missed.
_OVERSAMPLING = 8


class NeighborSearch(abc.ABC):
    """Finds distinct points near a query, with no promise to find the very nearest.

    Args:
        points: the data.
        projection: the subspace searched in.
        count: how many neighbours to find.
    """

    xla_compatible: bool = True

    def __init__(self, points: Points, projection: Projection, count: int) -> None:
        del points  # Each search builds what it needs of them.
        self.projection = projection
        self.count = count

    @abc.abstractmethod
    def __call__(self, y: tf.Tensor) -> tf.Tensor:
        """Indices `(batch, count)`, int32, distinct in each row; -1 where fewer were found."""


@registry.register("graph")
class GraphSearch(NeighborSearch):
    """The best point of each of many buckets, then the best buckets: one product and no sort of N.

    The approximate top-k of Chern et al. 2022 ("TPU-KNN").
    """

    def __init__(self, points: Points, projection: Projection, count: int) -> None:
        super().__init__(points, projection, count)
        self._bucket = max(1, points.size // (_OVERSAMPLING * count))
        self._chunk = self._bucket * max(1, min(_CHUNK, points.size) // self._bucket)
        padding = -points.size % self._chunk
        with tf.init_scope():
            projected = projection(points.values)
            energy = 0.5 * tf.reduce_sum(tf.square(projected), axis=-1)
            self._energy = tf.pad(energy, [[0, padding]], constant_values=math.inf)
            self._projected = tf.pad(projected, [[0, padding], [0, 0]])

    def __call__(self, y: tf.Tensor) -> tf.Tensor:
        """See `NeighborSearch`."""
        query = self.projection(y)
        batch, per_chunk = tf.shape(y)[0], self._chunk // self._bucket

        def scan(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            start = index * self._chunk
            z = tf.slice(self._projected, [start, 0], [self._chunk, self.projection.components])
            energy = tf.slice(self._energy, [start], [self._chunk])
            scores = tf.matmul(query, z, transpose_b=True) - energy
            scores = tf.reshape(scores, [batch, per_chunk, self._bucket])
            first = start + self._bucket * tf.range(per_chunk)
            return (
                tf.reduce_max(scores, axis=-1),
                first + tf.argmax(scores, axis=-1, output_type=tf.int32),
            )

        chunks = self._projected.shape[0] // self._chunk
        best, index = (
            tf.reshape(tf.transpose(part, [1, 0, 2]), [batch, chunks * per_chunk])
            for part in tf.map_fn(
                scan,
                tf.range(chunks),
                fn_output_signature=(y.dtype, tf.int32),
                parallel_iterations=1,
            )
        )
        return tf.gather(index, tf.math.top_k(best, self.count).indices, batch_dims=1)


@registry.register("faiss")
class FaissSearch(NeighborSearch):
    """An inverted-file index of faiss, which looks at a small share of the points; not for XLA."""

    xla_compatible = False

    def __init__(self, points: Points, projection: Projection, count: int) -> None:
        super().__init__(points, projection, count)
        if not faiss_installed():
            raise ImportError(
                "search='faiss' was asked for, but faiss is not installed. Run pip install "
                "'kfdiv[index]' (it brings faiss-cpu), or use search='graph', which needs nothing."
            )
        import faiss

        cells = max(1, int(4 * math.sqrt(points.size))) if points.size >= 10_000 else 1
        self._index = faiss.index_factory(projection.components, f"IVF{cells},Flat")
        self._index.nprobe = max(1, cells // 32)
        projected = projection(points.values).numpy().astype("float32")
        self._index.train(projected[:: max(1, points.size // (64 * cells))])
        self._index.add(projected)

    def __call__(self, y: tf.Tensor) -> tf.Tensor:
        """See `NeighborSearch`."""
        query = tf.cast(self.projection(y), "float32")
        index = tf.numpy_function(self._search, [query], tf.int32, stateful=False)
        return tf.ensure_shape(index, [y.shape[0], self.count])

    def _search(self, query: np.ndarray) -> np.ndarray:
        return self._index.search(query, self.count)[1].astype("int32")


def faiss_installed() -> bool:
    """Whether `import faiss` would work."""
    return importlib.util.find_spec("faiss") is not None
