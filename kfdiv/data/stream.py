"""A data set as a stream of batches that is a pure function of the global step."""

from __future__ import annotations

import abc
import copy
import dataclasses
import itertools

import numpy as np
import tensorflow as tf

from kfdiv import random
from kfdiv.data import pixels
from kfdiv.data.batching import Batching
from kfdiv.data.grouping import Grouping
from kfdiv.data.info import Info

FOREVER = np.iinfo(np.int64).max
_PREFETCH = 2


class Stream(abc.ABC):
    """Batches by global step: with n steps an epoch, step s is batch `s % n` of epoch `s // n`.

    Nothing is remembered from one step to the next, so a run resumed at step s sees the batches
    that an uninterrupted one would have seen.

    Args:
        num_examples: how many examples there are.
        example: shape and dtype of one example as stored; uint8 pixels become floats later.
        label: shape and dtype of one label, or None if there are none.
        info: facts that metrics use.
        batching: size, order and range of the batches.

    Attributes:
        num_examples: how many examples there are.
        batch_size: examples a batch, over all replicas.
        steps_per_epoch: batches an epoch.
        element_spec: `tf.TensorSpec` of a batch, of `x` or `(x, y)`.
        value_range: `(low, high)` of the pixels, or None where the data are not pixels.
        info: facts that metrics use.

    Raises:
        ValueError: if there are no examples, fewer than a batch, or no labels but `labels=True`.

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
        self,
        num_examples: int,
        example: tf.TensorSpec,
        label: tf.TensorSpec | None,
        info: Info,
        batching: Batching,
    ) -> None:
        size, whole = batching.batch_size, batching.drop_remainder
        if num_examples < 1:
            raise ValueError(
                f"Received an empty data set {info.name!r} (split {info.split!r}); expected at "
                "least one example."
            )
        if whole and size > num_examples:
            raise ValueError(
                f"Received batch_size={size}, more than the {num_examples} examples of "
                f"{info.name!r}. Use at most batch_size={num_examples}, or open the data with "
                "kfdiv.data and drop_remainder=False."
            )
        if batching.labels and label is None:
            raise ValueError(
                f"Received labels=True, but {info.name!r} has no labels. Leave labels out."
            )
        self.num_examples = num_examples
        self.info = info
        self.value_range = batching.value_range
        if example.dtype == tf.uint8 and self.value_range is None:
            self.value_range = (0.0, 1.0)
        self._example, self._label = example, label
        self._labelled = label is not None and batching.labels is not False
        self._arrange(batching)

    def _arrange(self, batching: Batching) -> None:
        size, count = batching.batch_size, self.num_examples
        self._batching = batching
        self.batch_size = size
        self.steps_per_epoch = count // size if batching.drop_remainder else -(-count // size)
        # The size of an epoch's last batch, if it is a smaller one.
        self._short = 0 if batching.drop_remainder else count % size
        self._shuffle = batching.shuffle
        self._seed = random.seed(batching.seed, "data.order")
        rows = None if self._short else size
        x = tf.TensorSpec([rows, *self._example.shape], tf.float32)
        self.element_spec = x
        if self._labelled:
            y = tf.TensorSpec([rows, *self._label.shape], self._label.dtype)
            self.element_spec = (x, y)

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
        whole = copy.copy(self)
        batching = dataclasses.replace(self._batching, shuffle=False, drop_remainder=False)
        whole._arrange(batching)
        return whole.epoch()

    def epoch(self) -> tf.data.Dataset:
        """One pass over the data: iterated for the k-th time it is epoch `k` of the stream.

        Returns:
            A finite `tf.data.Dataset` whose attribute `stream` is this stream.
        """
        passes = itertools.count()

        def begin(_: tf.Tensor) -> tf.Tensor:
            # Python keeps the count: a variable would be mirrored under a strategy, and a tf.data
            # seed generator would depend on the global seed.
            index = tf.numpy_function(lambda: np.int64(next(passes)), [], tf.int64)
            return tf.ensure_shape(index, [])

        steps = self.steps_per_epoch
        dataset = tf.data.Dataset.range(1).map(begin)
        dataset = dataset.flat_map(lambda index: self._batches(index * steps).take(steps))
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
        dataset = dataset.prefetch(_PREFETCH)
        dataset.stream = self
        return dataset

    def batches(self, start_step: int = 0) -> tf.data.Dataset:
        """The endless stream from a global step on.

        Args:
            start_step: how many batches came before, over all epochs.

        Returns:
            A `tf.data.Dataset` of `element_spec`.

        Raises:
            ValueError: if `start_step` is negative.
        """
        return self._batches(_step(start_step)).prefetch(_PREFETCH)

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
        short = self.steps_per_epoch if self._short else None
        grouping = Grouping(int(size), int(epoch), short)
        return self._groups(_step(start_step), grouping).prefetch(_PREFETCH)

    @abc.abstractmethod
    def _batches(self, start: tf.Tensor) -> tf.data.Dataset:
        """The endless stream from step `start`, an int64 scalar tensor."""

    @abc.abstractmethod
    def _groups(self, start: tf.Tensor, grouping: Grouping) -> tf.data.Dataset:
        """The same, with the steps of a group stacked."""

    def _element(self, x: tf.Tensor, y: tf.Tensor | None) -> object:
        """What the user sees of stored examples: floats, with their labels if wanted."""
        if x.dtype == tf.uint8:
            x = pixels.to_float(x, self.value_range)
        return (x, y) if self._labelled else x


def _step(start_step: int) -> tf.Tensor:
    if start_step < 0:
        raise ValueError(f"Received start_step={start_step}; expected a step number, 0 or more.")
    return tf.constant(int(start_step), tf.int64)
