"""Examples too large for memory: read from disk in a new order each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import tensorflow as tf

from kfdiv import random
from kfdiv.data.batching import Batching
from kfdiv.data.grouping import Grouping
from kfdiv.data.info import Info
from kfdiv.data.stream import FOREVER, Stream


@final
class RecordStream(Stream):
    """A stream over a pipeline that is opened anew for each epoch, with a seed of that epoch.

    A start in the middle of an epoch passes over the records before it undecoded.

    Args:
        read: takes an int64 scalar seed, or None for the stored order, and returns a
            `tf.data.Dataset` of encoded examples: the same ones every time, in an order that is a
            function of the seed alone.
        decode: takes one of them and returns `(x, y)`, or `x` where there are no labels.
        num_examples: how many examples `read` gives.
        info: facts that metrics use.
        batching: size, order and range of the batches.

    Raises:
        ValueError: as `Stream`.

    Example:
        >>> read = lambda seed: tf.data.Dataset.range(6)
        >>> decode = lambda n: tf.cast([n], tf.float32)
        >>> batching = Batching(batch_size=2, shuffle=False)
        >>> stream = RecordStream(read, decode, 6, Info("six"), batching)
        >>> next(iter(stream.batches(4))).numpy().ravel().tolist()
        [2.0, 3.0]
    """

    def __init__(
        self,
        read: Callable[[tf.Tensor | None], tf.data.Dataset],
        decode: Callable[..., object],
        num_examples: int,
        info: Info,
        batching: Batching,
    ) -> None:
        spec = read(None).map(decode).element_spec
        example, label = spec if isinstance(spec, tuple) else (spec, None)
        super().__init__(num_examples, example, label, info, batching)
        self._read = read
        self._decode = decode

    def _batches(self, start: tf.Tensor) -> tf.data.Dataset:
        first = start // self.steps_per_epoch
        size = self.batch_size

        def epoch(index: tf.Tensor) -> tf.data.Dataset:
            done = tf.where(index == first, start % self.steps_per_epoch, 0)
            examples = self._read(self._seed_of(index)).skip(done * size)
            examples = examples.map(self._decode, num_parallel_calls=tf.data.AUTOTUNE)
            return examples.batch(size, drop_remainder=not self._short).map(self._split)

        return tf.data.Dataset.range(first, FOREVER).flat_map(epoch)

    def _groups(self, start: tf.Tensor, grouping: Grouping) -> tf.data.Dataset:
        # A group is known by the step that it stops before.
        def length(stop: tf.Tensor) -> tf.Tensor:
            return stop - tf.maximum(start, grouping.start(stop - 1))

        def stack(stop: tf.Tensor, steps: tf.data.Dataset) -> tf.data.Dataset:
            return steps.map(lambda _, batch: batch).batch(length(stop))

        steps = self._batches(start).enumerate(start)
        return steps.group_by_window(
            lambda step, _: grouping.stop(step), stack, window_size_func=length
        )

    def _seed_of(self, epoch: tf.Tensor) -> tf.Tensor | None:
        if not self._shuffle:
            return None
        key = random.fold(self._seed, epoch)
        return tf.random.stateless_uniform([], key, None, None, tf.int64, alg="philox")

    def _split(self, *batch: object) -> object:
        return self._element(*batch) if len(batch) == 2 else self._element(batch[0], None)
