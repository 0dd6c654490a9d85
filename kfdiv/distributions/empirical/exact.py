"""The mixture over all N points, streamed in blocks, each device its share of the points."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import tensorflow as tf

from kfdiv.arguments import check_choice, check_count
from kfdiv.distributions.empirical.estimator import MixtureEstimator, Moments, registry
from kfdiv.distributions.empirical.points import Shard

# Strategies whose devices can pass tensors to one another within a step: not a TPU's cores.
_OF_ONE_PROCESS = (tf.distribute.MirroredStrategy, tf.distribute.MultiWorkerMirroredStrategy)

# Measured on two CPU cores (benchmarks/spread_density.py): blocks of 500 to 3,000 points take the
# same time; larger ones fall out of the cache between their two products. Not measured on a GPU,
# which is given fewer and larger products.
_CPU_BLOCK = 2048
_GPU_BLOCK = 32768


# From how many bytes on points are shared out among devices, unless told otherwise: an eighth of a
# device of 16 GB, which has to hold the model, too.
_LARGE = 2 * 2**30


@registry.register("exact")
class Exact(MixtureEstimator):
    """Log-sum over every point, in one pass over blocks with a running maximum.

    Two products of `2 batch N D` operations for Gaussian noise; memory of `batch * block_size`
    besides the data.

    Under a strategy of several devices in this process each device may hold and sum over its share
    of the points: for every y it returns the sums that a running maximum goes on from, so the whole
    is the same to rounding. That takes as much work as if each device had all points, and a copy of
    each y.

    Args:
        block_size: points a block; None chooses for the device.
        shared: whether the devices of the strategy that is current when the data are met share the
            points out; "auto": if the points take 2 GiB or more, and the devices are no CPUs,
            whose memory is one.

    Raises:
        ValueError: if the size of a block is not positive, or `shared` none of these.
    """

    def __init__(self, block_size: int | None = None, shared: bool | str = "auto") -> None:
        if block_size is None:
            block_size = _GPU_BLOCK if tf.config.list_physical_devices("GPU") else _CPU_BLOCK
        self.block_size = check_count("block_size", block_size)
        self.shared = check_choice("shared", shared, ("auto", True, False))

    def devices(self, size: int) -> Sequence[str | None]:
        """See `MixtureEstimator.devices`."""
        strategy = tf.distribute.get_strategy()
        if self.shared is False or not isinstance(strategy, _OF_ONE_PROCESS):
            return (None,)
        devices = strategy.extended.worker_devices
        if self.shared == "auto" and (size < _LARGE or any("CPU" in name for name in devices)):
            return (None,)
        return devices

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
        states = [self._sums(shard, y, width, with_moments) for shard in self.points.shards]
        peak, total, *moments = functools.reduce(_joined, states)
        log_sum = peak + tf.math.log(total)
        if not with_moments:
            return log_sum, None
        return log_sum, tuple(_scale(m, 1.0 / total) for m in moments)

    def _sums(
        self, shard: Shard, y: tf.Tensor, width: tf.Tensor, with_moments: bool
    ) -> tuple[tf.Tensor, ...]:
        """Return the largest logit of each y, and sums of `exp(logit - largest)` over a shard."""
        block = self.block_size

        def update(state: tuple[tf.Tensor, ...], start: int | tf.Tensor, count: int) -> tuple:
            x = tf.slice(shard.values, [start, 0], [count, self.points.dimension])
            squares = tf.slice(shard.squares, [start], [count])
            peak, total, *moments = state
            logits = self.noise.pairwise(y, x, squares, width)
            if shard.log_weights is not None:
                logits += tf.slice(shard.log_weights, [start], [count])
            new_peak = tf.maximum(peak, tf.reduce_max(logits, axis=-1))
            weights = tf.exp(logits - new_peak[:, tf.newaxis])
            decay = tf.exp(peak - new_peak)
            total = decay * total + tf.reduce_sum(weights, axis=-1)
            if with_moments:
                sums = self.noise.moments(weights, y, x, squares, width)
                moments = [_scale(m, decay) + s for m, s in zip(moments, sums, strict=True)]
            return (new_peak, total, *moments)

        with shard.on_device():
            lowest = tf.constant(-float("inf"), y.dtype)
            batch = tf.shape(y)[0]
            state = (tf.fill([batch], lowest), tf.zeros([batch], y.dtype))
            if with_moments:
                second = y if width.shape.rank else y[:, 0]
                state += (tf.zeros_like(y), tf.zeros_like(second))
            blocks, tail = divmod(shard.size, block)
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
            return state


def _joined(one: tuple[tf.Tensor, ...], other: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
    """Return the sums of two shards as those of both."""
    peak = tf.maximum(one[0], other[0])
    scaled = [[_scale(sum_, tf.exp(own - peak)) for sum_ in sums] for own, *sums in (one, other)]
    return (peak, *(a + b for a, b in zip(*scaled, strict=True)))


def _scale(tensor: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Multiply each row, of a matrix or of a vector, by its factor."""
    return tensor * (factors[:, tf.newaxis] if tensor.shape.rank == 2 else factors)
