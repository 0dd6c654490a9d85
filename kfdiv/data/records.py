"""Examples too large for memory: read from disk in a new order each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import tensorflow as tf

from kfdiv.data.grouping import Grouping
from kfdiv.data.info import Info
from kfdiv.data.sampler import BatchSampler
from kfdiv.data.source import FOREVER, Example, Finish, Source


@final
class RecordSource(Source):
    """A pipeline that is opened anew for each epoch, with a seed of that epoch.

    A start in the middle of an epoch passes over the records before it undecoded.

    Args:
        read: takes an int64 scalar seed, or None for the stored order, and returns a
            `tf.data.Dataset` of encoded examples: the same ones every time, in an order that is a
            function of the seed alone.
        decode: takes one of them and returns `(x, y)`, or `x` where there are no labels.
        num_examples: how many examples `read` gives.
        info: facts that metrics use.

    Raises:
        ValueError: as `Source`.

    Example:
        >>> read = lambda seed: tf.data.Dataset.range(6)
        >>> decode = lambda n: tf.cast([n], tf.float32)
        >>> source = RecordSource(read, decode, 6, Info("six"))
        >>> len(source), source.spec.x.shape
        (6, TensorShape([1]))
    """

    def __init__(
        self,
        read: Callable[[tf.Tensor | None], tf.data.Dataset],
        decode: Callable[..., Any],
        num_examples: int,
        info: Info,
    ) -> None:
        spec = read(None).map(decode).element_spec
        super().__init__(num_examples, _example(spec), info)
        self._read = read
        self._decode = decode

    def batches(self, sampler: BatchSampler, start: tf.Tensor, finish: Finish) -> tf.data.Dataset:
        """See `Source.batches`."""
        first = start // sampler.steps_per_epoch
        size = sampler.batch_size

        def epoch(index: tf.Tensor) -> tf.data.Dataset:
            done = tf.where(index == first, start % sampler.steps_per_epoch, 0)
            examples = self._read(sampler.epoch_seed(index)).skip(done * size)
            examples = examples.map(self._decode, num_parallel_calls=tf.data.AUTOTUNE)
            batches = examples.batch(size, drop_remainder=not sampler.short)
            return batches.map(lambda *parts: finish(Example(*parts)))

        return tf.data.Dataset.range(first, FOREVER).flat_map(epoch)

    def groups(
        self, sampler: BatchSampler, start: tf.Tensor, grouping: Grouping, finish: Finish
    ) -> tf.data.Dataset:
        """See `Source.groups`."""

        # A group is known by the step that it stops before.
        def length(stop: tf.Tensor) -> tf.Tensor:
            return stop - tf.maximum(start, grouping.start(stop - 1))

        def stack(stop: tf.Tensor, steps: tf.data.Dataset) -> tf.data.Dataset:
            return steps.map(lambda _, batch: batch).batch(length(stop))

        steps = self.batches(sampler, start, finish).enumerate(start)
        return steps.group_by_window(
            lambda step, _: grouping.stop(step), stack, window_size_func=length
        )


def _example(parts: Any) -> Example:
    return Example(*parts) if isinstance(parts, tuple) else Example(parts)
