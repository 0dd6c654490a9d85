"""The paper's estimator: distances in a PCA subspace, a score from sampled neighbours."""

from __future__ import annotations

import math

import tensorflow as tf

from kfdiv import random
from kfdiv.arguments import check_choice, check_count, check_number
from kfdiv.distributions.empirical.estimator import (
    MixtureEstimator,
    Moments,
    registry,
    require_seed,
)
from kfdiv.distributions.empirical.points import Points
from kfdiv.distributions.empirical.projection import Projection
from kfdiv.noise import Gaussian, SpreadNoise

# Measured (benchmarks/spread_density.py): chunks of points that stay in the cache, and buckets
# within them, the unit of sampling.
_CHUNK = 8192
_BUCKET = 64
PRINTED, MEANT = "printed", "meant"


@registry.register("pca")
class PCA(MixtureEstimator):
    """Subspace distances and sampled neighbours (Zhang et al. 2019, appendix B, eq. 33 to 35).

    Weighted points count so often in each of the sums and softmaxes that follow. Neighbours are
    drawn from `q(n|y) = softmax_n(-|U^T (y - x_n)|^2 / (2 width^2))` (eq. 33) or,
    with a temperature T, around the noise-free point (eq. 35), from `softmax_n` of

    - "printed": `-|U^T (location - x_n)|^2 / T`, eq. 35 without the doubled minus in its
      denominator. At 1 / T -> 0 it draws all points alike.
    - "meant": `-T |U^T (location - x_n)|^2`, which does what the text says of it: at 1 / T -> 0
      the nearest neighbour alone is drawn, and the variance is lower than that of eq. 33.

    On MNIST at the paper's T = 10 the two are worlds apart (benchmarks/mnist_neighbors.py). The
    score is `mean_t (x_n(t) - y) / width^2` (eq. 34: minus the mean of `y - x`).

    The value replaces the product of y and x_n by its part in the subspace,
    `|y - x_n|^2 ~ |U^T (y - x_n)|^2 + |y_perp|^2 + |x_n_perp|^2`. Hence three biases: dropped cross
    terms in the value; neighbours blind to directions outside the subspace; with a temperature,
    another softmax than p(n|y). The score is not the derivative of the value.

    Args:
        components: dimension of the subspace (the paper: 50 for MNIST, 100 for CelebA).
        neighbors: T, points sampled for each score.
        temperature: None for eq. 33, a positive number (the paper's 10) for eq. 35.
        equation_35: how a temperature is taken, "printed" or "meant".

    Raises:
        ValueError: if an argument is not positive, `equation_35` is unknown or given without a
            temperature, or the noise is not Gaussian of one width.
    """

    def __init__(
        self,
        components: int = 50,
        neighbors: int = 30,
        temperature: float | None = None,
        equation_35: str = "printed",
    ) -> None:
        self.components = check_count("components", components)
        self.neighbors = check_count("neighbors", neighbors)
        if temperature is not None:
            temperature = check_number(
                "temperature", temperature, above=0, expected="a positive number, or None"
            )
        self.temperature = temperature
        self.equation_35 = check_choice("equation_35", equation_35, (PRINTED, MEANT))
        if temperature is None and equation_35 != PRINTED:
            raise ValueError(
                f"equation_35={equation_35!r} says how a temperature is taken, but received "
                "temperature=None, which is equation 33. Give a temperature, such as 10.0."
            )

    def fit(self, points: Points, noise: SpreadNoise) -> None:
        """See `MixtureEstimator.fit`."""
        super().fit(points, noise)
        if not isinstance(noise, Gaussian) or noise.learned:
            raise ValueError(
                "Empirical(mode='pca') works with Gaussian noise of one width, whose distances a "
                f"PCA keeps; received {type(noise).__name__}(learned={noise.learned}). Use "
                "mode='exact' or 'index'."
            )
        self.projection = Projection(points, self.components)
        self._chunk = min(_CHUNK, -(-points.size // _BUCKET) * _BUCKET)
        padding = -points.size % self._chunk
        with tf.init_scope():
            projected = self.projection(points.values)
            # An infinite energy is a weight of zero: padding is never summed and never drawn.
            self._energy, self._full_energy = (
                tf.pad(0.5 * squares, [[0, padding]], constant_values=math.inf)
                for squares in (tf.reduce_sum(tf.square(projected), axis=-1), points.squares)
            )
            self._projected = tf.pad(projected, [[0, padding], [0, 0]])
            weighted = points.log_weights is not None
            self._log_weights = tf.pad(points.log_weights, [[0, padding]]) if weighted else None

    def mixture(
        self,
        y: tf.Tensor,
        width: tf.Tensor,
        *,
        seed: tf.Tensor | None,
        location: tf.Tensor | None,
        with_moments: bool,
    ) -> tuple[tf.Tensor, Moments | None]:
        """See `MixtureEstimator.mixture`."""
        seed = require_seed("pca", seed)
        precision = width**-2
        query = precision * self.projection(y)
        if self.temperature is None:
            sampling_query, sampling_precision = query, precision
        else:
            inverse = self.temperature if self.equation_35 == MEANT else 1.0 / self.temperature
            sampling_precision = tf.constant(2.0 * inverse, y.dtype)
            sampling_query = self.projection(y if location is None else location)
            sampling_query *= sampling_precision
        batch, per_chunk = tf.shape(y)[0], self._chunk // _BUCKET

        def scan(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            start = index * self._chunk
            z = tf.slice(self._projected, [start, 0], [self._chunk, self.projection.components])
            energy = tf.slice(self._energy, [start], [self._chunk])
            full_energy = tf.slice(self._full_energy, [start], [self._chunk])
            value = tf.matmul(query, z, transpose_b=True) - precision * full_energy
            value = tf.reduce_logsumexp(self._weighted(value, start), axis=-1)
            if not with_moments:
                return value, tf.zeros([batch, 0], y.dtype)
            logits = tf.matmul(sampling_query, z, transpose_b=True) - sampling_precision * energy
            buckets = tf.reshape(self._weighted(logits, start), [batch, per_chunk, _BUCKET])
            return value, tf.reduce_logsumexp(buckets, axis=-1)

        chunks = self._projected.shape[0] // self._chunk
        values, buckets = tf.map_fn(
            scan, tf.range(chunks), fn_output_signature=(y.dtype, y.dtype), parallel_iterations=1
        )
        log_sum = tf.reduce_logsumexp(values, axis=0)
        if not with_moments:
            return log_sum, None
        buckets = tf.reshape(tf.transpose(buckets, [1, 0, 2]), [batch, chunks * per_chunk])
        index = self._sample(sampling_query, sampling_precision, buckets, seed)
        x = tf.gather(self.points.values, index)
        squares = tf.gather(self.points.squares, index)
        weights = tf.fill(tf.shape(index), tf.constant(1.0 / self.neighbors, y.dtype))
        return log_sum, self.noise.moments(weights, y, x, squares, width)

    def _weighted(self, logits: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
        """Add the log weights of the chunk that begins at `start`, if there are any."""
        if self._log_weights is None:
            return logits
        return logits + tf.slice(self._log_weights, [start], [self._chunk])

    def _sample(
        self, query: tf.Tensor, precision: tf.Tensor, buckets: tf.Tensor, seed: tf.Tensor
    ) -> tf.Tensor:
        """Draw `(batch, neighbors)` points: first the bucket, by its mass, then a point of it."""
        cumulative = tf.cumsum(tf.nn.softmax(buckets), axis=-1)
        shape = tf.stack([tf.shape(query)[0], self.neighbors])
        target = random.uniform(shape, random.fold(seed, 0), query.dtype) * cumulative[:, -1:]
        bucket = tf.searchsorted(cumulative, target, side="left")
        # Rounding must not carry a draw into buckets of nothing but padding.
        bucket = tf.minimum(bucket, (self.points.size - 1) // _BUCKET)
        z = tf.reshape(self._projected, [-1, _BUCKET, self.projection.components])
        energy = tf.reshape(self._energy, [-1, _BUCKET])
        inner = tf.einsum("bp,btnp->btn", query, tf.gather(z, bucket))
        logits = inner - precision * tf.gather(energy, bucket)
        if self._log_weights is not None:
            logits += tf.gather(tf.reshape(self._log_weights, [-1, _BUCKET]), bucket)
        member = random.categorical(tf.reshape(logits, [-1, _BUCKET]), random.fold(seed, 1))
        return bucket * _BUCKET + tf.reshape(member, shape)
