"""The mixture for very large N: near points exactly, the rest by an unbiased random sum."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from kfdiv import random
from kfdiv.arguments import check_count
from kfdiv.distributions.empirical import search as search_lib
from kfdiv.distributions.empirical.estimator import (
    MixtureEstimator,
    Moments,
    registry,
    require_seed,
)
from kfdiv.distributions.empirical.points import Points
from kfdiv.distributions.empirical.projection import Projection
from kfdiv.noise import SpreadNoise


@registry.register("index")
class Index(MixtureEstimator):
    """`p^(y) = (1/N) [sum_{n near y} w_n p(y|x_n) + (N/R) sum_r p(y|x_r) 1(x_r not near y)]`.

    The `near` points of an approximate search are summed exactly; `rest` = R points drawn from all
    N by their weights w, whose mean is one (uniformly, where all weigh the same), stand for the
    others, those that are near counting nothing. The density is
    unbiased whatever the search finds, where near points alone would miss most of the mass of wide
    noise; its logarithm is biased downwards by half its relative variance, and the score by as
    little. The R points are shared by the batch, so that they cost one matrix product.

    Args:
        near: points summed exactly for each y.
        rest: R, points drawn for the remainder.
        search: "faiss" (the extra `kfdiv[index]`; excludes XLA), "graph" (built in), or "auto":
            faiss where it is installed.
        components: dimension of the PCA subspace in which neighbours are searched.

    Raises:
        ValueError: if a count is not positive or `search` is unknown.
        ImportError: if `search="faiss"` and faiss is not installed.
    """

    def __init__(
        self,
        near: int = 64,
        rest: int = 4096,
        search: str = "auto",
        components: int = 50,
    ) -> None:
        if search == "auto":
            search = "faiss" if search_lib.faiss_installed() else "graph"
        self._search_class = search_lib.registry.get(search)
        self.xla_compatible = self._search_class.xla_compatible
        self.near = check_count("near", near)
        self.rest = check_count("rest", rest)
        self.components = check_count("components", components)

    def fit(self, points: Points, noise: SpreadNoise) -> None:
        """See `MixtureEstimator.fit`."""
        super().fit(points, noise)
        projection = Projection(points, self.components)
        self._search = self._search_class(points, projection, min(self.near, points.size))
        self._cumulative = None
        if points.weights is not None:
            with tf.init_scope():
                self._cumulative = tf.constant(np.cumsum(points.weights), tf.float64)

    def mixture(
        self,
        y: tf.Tensor,
        width: tf.Tensor,
        *,
        seed: tf.Tensor | None,
        location: tf.Tensor | None,
        with_moments: bool,
    ) -> tuple[tf.Tensor, Moments | None]:
        """See `MixtureEstimator.mixture`; the location does not matter here."""
        del location
        seed = require_seed("index", seed)
        near = self._search(y)
        rest = self._draw(seed)
        near_points, near_squares = self._gather(tf.maximum(near, 0))
        rest_points, rest_squares = self._gather(rest)
        near_logits = self.noise.pairwise(y, near_points, near_squares, width)
        rest_logits = self.noise.pairwise(y, rest_points, rest_squares, width)
        if self.points.log_weights is not None:
            near_logits += tf.gather(self.points.log_weights, tf.maximum(near, 0))
        nothing = tf.constant(-math.inf, y.dtype)
        near_logits = tf.where(near < 0, nothing, near_logits)
        scale = tf.constant(math.log(self.points.size / self.rest), y.dtype)
        rest_logits = tf.where(_contains(near, rest), nothing, rest_logits + scale)
        log_sum = tf.reduce_logsumexp(tf.concat([near_logits, rest_logits], axis=-1), axis=-1)
        if not with_moments:
            return log_sum, None
        sums = (
            self.noise.moments(tf.exp(logits - log_sum[:, tf.newaxis]), y, x, squares, width)
            for logits, x, squares in (
                (near_logits, near_points, near_squares),
                (rest_logits, rest_points, rest_squares),
            )
        )
        return log_sum, tuple(a + b for a, b in zip(*sums, strict=True))

    def _draw(self, seed: tf.Tensor) -> tf.Tensor:
        """Draw the R points of the remainder, with probabilities in proportion to the weights."""
        size = self.points.size
        if self._cumulative is None:
            return _integers(self.rest, size, seed)
        target = _numbers(self.rest, size, seed)
        place = tf.searchsorted(self._cumulative, target, side="right")
        return tf.minimum(place, size - 1)

    def _gather(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(self.points.values, index), tf.gather(self.points.squares, index)


def _contains(rows: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Whether each of `values` `(R,)` is in each of `rows` `(batch, K)`: `(batch, R)`."""
    ordered = tf.sort(rows, axis=-1)
    values = tf.broadcast_to(values, tf.stack([tf.shape(rows)[0], tf.shape(values)[0]]))
    place = tf.minimum(tf.searchsorted(ordered, values), rows.shape[-1] - 1)
    return tf.equal(tf.gather(ordered, place, batch_dims=1), values)


def _integers(count: int, limit: int, seed: tf.Tensor) -> tf.Tensor:
    """Draw `count` integers of `[0, limit)`."""
    return tf.cast(_numbers(count, limit, seed), tf.int32)


def _numbers(count: int, limit: int, seed: tf.Tensor) -> tf.Tensor:
    """Draw `count` numbers of `[0, limit)`, two uniforms each: one is too coarse for millions."""
    coarse, fine = tf.unstack(random.uniform((2, count), seed, "float64"))
    steps = 2.0**23
    return (tf.floor(coarse * steps) + fine) * (limit / steps)
