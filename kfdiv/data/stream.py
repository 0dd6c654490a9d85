"""A data set as a stream of batches that is a pure function of the global step."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any, final

import numpy as np
import tensorflow as tf

from kfdiv.data import origin, pixels
from kfdiv.data.batching import Batching
from kfdiv.data.grouping import Grouping
from kfdiv.data.sampler import BatchSampler
from kfdiv.data.source import Example, IndexedSource, Source
from kfdiv.data.tuning import untuned

_PREFETCH = 2

# From a global step (int64 scalar) and its batch to what the batch becomes.
Transform = Callable[[tf.Tensor, Any], Any]


@final
class Stream:
    """Batches by global step: with n steps an epoch, step s is batch `s % n` of epoch `s // n`.

    Nothing is remembered from one step to the next, so a run resumed at step s sees the batches
    that an uninterrupted one would have seen. A batch is x, `(x, y)` or, where the examples are
    weighed, `(x, y, w)`, with `()` for y where there are no labels or they are not wanted.

    Args:
        source: the examples.
        batching: size, order and range of the batches.
        transforms: functions `(step, batch) -> batch`, applied to every batch in turn.

    Attributes:
        source: the examples.
        num_examples: how many there are.
        batch_size: examples a batch, over all replicas.
        steps_per_epoch: batches an epoch.
        shuffle: whether epochs have another order each.
        element_spec: `tf.TensorSpec`s of a batch, in its structure.
        value_range: `(low, high)` of the pixels, or None where the data are not pixels.
        info: facts that metrics use.

    Raises:
        ValueError: if there are fewer examples than a batch, or no labels but `labels=True`.

    Example:
        >>> import kfdiv
        >>> stream = kfdiv.data.load("ring", batch_size=50, num_examples=500).stream
        >>> stream.steps_per_epoch
        10
        >>> third = next(iter(stream.batches(2).skip(1)))[0]
        >>> bool(tf.reduce_all(third == next(iter(stream.batches(3)))[0]))
        True
    """

    def __init__(
        self, source: Source, batching: Batching, transforms: tuple[Transform, ...] = ()
    ) -> None:
        if batching.labels and source.spec.y is None:
            raise ValueError(
                f"Received labels=True, but {source.info.name!r} has no labels. Leave labels out."
            )
        self.source = source
        self.num_examples = source.num_examples
        self.info = source.info
        self.shuffle = batching.shuffle
        self._batching = batching
        self._transforms = transforms
        self._sampler = BatchSampler(source.num_examples, batching)
        self.batch_size = self._sampler.batch_size
        self.steps_per_epoch = self._sampler.steps_per_epoch
        self._indexed = isinstance(source, IndexedSource)
        self._labelled = source.spec.y is not None and batching.labels is not False
        self._bytes = source.spec.x.dtype == tf.uint8
        scaled = (0.0, 1.0) if self._bytes and not batching.value_range else batching.value_range
        self._scaled = scaled
        # A transform may lead anywhere.
        self.value_range = None if transforms else scaled
        self._specs = [self._stored_spec()]
        for count in range(1, len(transforms) + 1):
            self._specs.append(self._batches(_step(0), transforms[:count]).element_spec)
        self.element_spec = self._specs[-1]

    @property
    def full_rows(self) -> int | None:
        """Rows of batches other than a smaller last one; None without, or with transforms."""
        return self.batch_size if self._sampler.short and not self._transforms else None

    @property
    def clean(self) -> Stream:
        """The stream without its transforms: of a noised one, the data before the noise."""
        return Stream(self.source, self._batching)

    def transformed(self, transform: Transform) -> Stream:
        """Return the stream whose batches go through one more transform."""
        return Stream(self.source, self._batching, (*self._transforms, transform))

    def examples(self) -> tf.data.Dataset:
        """One pass over every example in the stored order, a smaller last batch included.

        Returns:
            A finite `tf.data.Dataset` of batches like the stream's.

        Example:
            >>> import kfdiv
            >>> stream = kfdiv.data.load("digits", batch_size=500).stream
            >>> [len(x) for x, _ in stream.examples()]
            [500, 500, 442]
        """
        batching = dataclasses.replace(self._batching, shuffle=False, drop_remainder=False)
        return Stream(self.source, batching, self._transforms).epoch()

    def epoch(self) -> tf.data.Dataset:
        """One pass over the data: iterated for the k-th time it is epoch `k` of the stream.

        Returns:
            A finite `tf.data.Dataset` of which `stream_of` gives this stream.
        """
        passes = itertools.count()

        def begin(_: tf.Tensor) -> tf.Tensor:
            # Python keeps the count: a variable would be mirrored under a strategy, and a tf.data
            # seed generator would depend on the global seed.
            index = tf.numpy_function(lambda: np.int64(next(passes)), [], tf.int64)
            return tf.ensure_shape(index, [])

        steps = self.steps_per_epoch
        dataset = tf.data.Dataset.range(1).map(begin)
        dataset = dataset.flat_map(
            lambda index: self._batches(index * steps, self._transforms).take(steps)
        )
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
        dataset = dataset.prefetch(_PREFETCH)
        return origin.attach(untuned(dataset) if self._indexed else dataset, self)

    def batches(self, start_step: int = 0) -> tf.data.Dataset:
        """The endless stream from a global step on.

        Args:
            start_step: how many batches came before, over all epochs.

        Returns:
            A `tf.data.Dataset` of `element_spec`.

        Raises:
            ValueError: if `start_step` is negative.
        """
        return self._batches(_step(start_step), self._transforms).prefetch(_PREFETCH)

    def first_batch(self) -> Any:
        """Return the batch of step 0, without a pipeline where the examples can be had directly."""
        if not self._indexed:
            return next(iter(self._batches(_step(0), self._transforms)))
        batch = self.source.batch(self._sampler, _step(0), self._finish)
        for transform in self._transforms:
            batch = transform(_step(0), batch)
        return batch

    def groups(
        self, start_step: int, size: int, steps_per_epoch: int | None = None
    ) -> tf.data.Dataset:
        """The endless stream with consecutive batches stacked.

        Groups end at every multiple of `size` counted from the start of a training epoch, and at
        its end; the first starts at `start_step`. A smaller last batch (`drop_remainder=False`)
        stands alone.

        Args:
            start_step: how many batches came before, over all epochs.
            size: the most batches a group holds.
            steps_per_epoch: batches of a training epoch; by default one pass over the data.

        Returns:
            A `tf.data.Dataset` of elements shaped `(k, batch, ...)`, `1 <= k <= size`.

        Raises:
            ValueError: if `start_step` is negative, or `size` or `steps_per_epoch` is not positive.
        """
        epoch = self.steps_per_epoch if steps_per_epoch is None else steps_per_epoch
        for name, value in (("size", size), ("steps_per_epoch", epoch)):
            if value < 1:
                raise ValueError(f"Received {name}={value}; expected a positive number of steps.")
        short = self.steps_per_epoch if self._sampler.short else None
        grouping = Grouping(int(size), int(epoch), short)
        start = _step(start_step)
        dataset = self.source.groups(self._sampler, start, grouping, self._finish)
        for transform, spec in zip(self._transforms, self._specs[1:], strict=True):
            dataset = dataset.scan(start, _on_groups(transform, spec))
        return dataset.prefetch(_PREFETCH)

    def _batches(self, start: tf.Tensor, transforms: tuple[Transform, ...]) -> tf.data.Dataset:
        """The endless stream from step `start`, an int64 scalar tensor."""
        dataset = self.source.batches(self._sampler, start, self._finish)
        for transform in transforms:
            dataset = dataset.scan(start, _on_batches(transform))
        return dataset

    def _finish(self, stored: Example) -> Any:
        """Make of stored examples what a batch holds: floats, and the parts that are wanted."""
        x = pixels.to_float(stored.x, self._scaled) if self._bytes else stored.x
        return self._structure(x, stored.y, stored.w)

    def _structure(self, x: Any, y: Any, w: Any) -> Any:
        if w is not None:
            return (x, y if self._labelled else (), w)
        return (x, y) if self._labelled else x

    def _stored_spec(self) -> Any:
        """The spec of a batch before any transform."""
        x, y, w = (
            part if part is None else tf.TensorSpec([self._sampler.rows, *part.shape], part.dtype)
            for part in self.source.spec
        )
        return self._structure(tf.TensorSpec(x.shape, tf.float32), y, w)


def _step(start_step: int) -> tf.Tensor:
    if start_step < 0:
        raise ValueError(f"Received start_step={start_step}; expected a step number, 0 or more.")
    return tf.constant(int(start_step), tf.int64)


def _on_batches(transform: Transform) -> Callable[[tf.Tensor, Any], tuple[tf.Tensor, Any]]:
    """For `scan`: count the steps and transform each one's batch."""
    return lambda step, batch: (step + 1, transform(step, batch))


def _on_groups(transform: Transform, spec: Any) -> Callable[[tf.Tensor, Any], tuple]:
    """The same of stacked batches; `spec` is of one batch that was transformed."""

    def advance(step: tf.Tensor, group: Any) -> tuple[tf.Tensor, Any]:
        steps = step + tf.range(tf.shape(tf.nest.flatten(group)[0], tf.int64)[0])
        # One by one: each step has a randomness of its own.
        done = tf.map_fn(lambda one: transform(*one), (steps, group), fn_output_signature=spec)
        return steps[-1] + 1, done

    return advance
