"""The mixture over all N points, streamed in blocks."""

from __future__ import annotations

import tensorflow as tf

from kfdiv.arguments import check_count
from kfdiv.distributions.empirical.estimator import MixtureEstimator, Moments, registry

# Measured on two CPU cores (benchmarks/spread_density.py): blocks of 500 to 3,000 points take the
# same time; larger ones fall out of the cache between their two products. Not measured on a GPU,
# which is given fewer and larger products.
_CPU_BLOCK = 2048
_GPU_BLOCK = 32768


@registry.register("exact")
class Exact(MixtureEstimator):
    """Log-sum over every point, in one pass over blocks with a running maximum.

    Two products of `2 batch N D` operations for Gaussian noise; memory of `batch * block_size`
    besides the data.

    Args:
        block_size: points a block; None chooses for the device.
    """

    def __init__(self, block_size: int | None = None) -> None:
        if block_size is None:
            block_size = _GPU_BLOCK if tf.config.list_physical_devices("GPU") else _CPU_BLOCK
        self.block_size = check_count("block_size", block_size)

    @property
    def numbers_read(self) -> int:
        """All, N D."""
        return self.points.size * self.points.dimension

    def mixture(
        self,
        y: tf.Tensor,
        width: tf.Tensor,
        *,
        seed: tf.Tensor | None,
        location: tf.Tensor | None,
        with_moments: bool,
    ) -> tuple[tf.Tensor, Moments | None]:
        """See `MixtureEstimator.mixture`; neither seed nor location matters here."""
        del seed, location
        points, block = self.points, self.block_size
        batch = tf.shape(y)[0]

        def update(state: tuple[tf.Tensor, ...], start: int | tf.Tensor, count: int) -> tuple:
            x = tf.slice(points.values, [start, 0], [count, points.dimension])
            squares = tf.slice(points.squares, [start], [count])
            peak, total, *moments = state
            logits = self.noise.pairwise(y, x, squares, width)
            if points.log_weights is not None:
                logits += tf.slice(points.log_weights, [start], [count])
            new_peak = tf.maximum(peak, tf.reduce_max(logits, axis=-1))
            weights = tf.exp(logits - new_peak[:, tf.newaxis])
            decay = tf.exp(peak - new_peak)
            total = decay * total + tf.reduce_sum(weights, axis=-1)
            if with_moments:
                sums = self.noise.moments(weights, y, x, squares, width)
                moments = [_scale(m, decay) + s for m, s in zip(moments, sums, strict=True)]
            return (new_peak, total, *moments)

        state = (tf.fill([batch], tf.constant(-float("inf"), y.dtype)), tf.zeros([batch], y.dtype))
        if with_moments:
            second = y if width.shape.rank else y[:, 0]
            state += (tf.zeros_like(y), tf.zeros_like(second))
        blocks, tail = divmod(points.size, block)
        if blocks:
            _, state = tf.while_loop(
                lambda index, _: index < blocks,
                lambda index, state: (index + 1, update(state, index * block, block)),
                (tf.constant(0), state),
                maximum_iterations=blocks,
                parallel_iterations=1,
            )
        if tail:
            state = update(state, blocks * block, tail)
        peak, total, *moments = state
        log_sum = peak + tf.math.log(total)
        if not with_moments:
            return log_sum, None
        return log_sum, tuple(_scale(m, 1.0 / total) for m in moments)


def _scale(tensor: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Multiply each row, of a matrix or of a vector, by its factor."""
    return tensor * (factors[:, tf.newaxis] if tensor.shape.rank == 2 else factors)
