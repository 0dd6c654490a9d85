"""Stored examples, before any order, batch or scale: what a stream draws from."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from kfdiv.data.grouping import Grouping
from kfdiv.data.info import Info
from kfdiv.data.sampler import BatchSampler
from kfdiv.data.tuning import untuned

FOREVER = tf.int64.max


class Example(NamedTuple):
    """What a source stores of an example; None where it has no such part.

    Attributes:
        x: the example itself, bytes for pixels, else float32.
        y: its label.
        w: its weight, float32.
    """

    x: Any
    y: Any = None
    w: Any = None


# From stored examples, stacked, to the element that a stream yields.
Finish = Callable[[Example], Any]


class Source(abc.ABC):
    """Stored examples and the ways to get at those of a step. It knows no order of its own.

    Args:
        num_examples: how many there are.
        spec: `tf.TensorSpec`s of one example's parts.
        info: facts that metrics use.

    Raises:
        ValueError: if there are no examples.
    """

    def __init__(self, num_examples: int, spec: Example, info: Info) -> None:
        if num_examples < 1:
            raise ValueError(
                f"Received an empty data set {info.name!r} (split {info.split!r}); expected at "
                "least one example."
            )
        self.num_examples = num_examples
        self.spec = spec
        self.info = info

    def __len__(self) -> int:
        return self.num_examples

    @abc.abstractmethod
    def batches(self, sampler: BatchSampler, start: tf.Tensor, finish: Finish) -> tf.data.Dataset:
        """Return the endless sequence of finished batches from a step on.

        Args:
            sampler: says which examples a step holds.
            start: the first step, an int64 scalar tensor.
            finish: applied to each batch, once.
        """

    @abc.abstractmethod
    def groups(
        self, sampler: BatchSampler, start: tf.Tensor, grouping: Grouping, finish: Finish
    ) -> tf.data.Dataset:
        """Return the same, with the steps of a group stacked; see `Stream.groups`."""


class IndexedSource(Source):
    """Examples that can be had by their numbers; so any batch can, at any step, directly.

    A subclass says what example n is. A whole group of batches is one look-up.

    Args: those of `Source`.

    Example:
        >>> import kfdiv
        >>> source = kfdiv.data.load("digits").stream.source
        >>> source.take(tf.constant([3, 1])).x.shape
        TensorShape([2, 8, 8, 1])
    """

    @abc.abstractmethod
    def take(self, indices: tf.Tensor) -> Example:
        """Return stored examples by number, in the order asked for.

        Args:
            indices: integer tensor of any shape.

        Returns:
            Parts of shape `(*indices.shape, ...)`; None for those that are not stored. Bytes may
            come as float32 of the same values, where that is faster.
        """

    def batches(self, sampler: BatchSampler, start: tf.Tensor, finish: Finish) -> tf.data.Dataset:
        """See `Source.batches`."""
        steps = tf.data.Dataset.range(start, FOREVER)
        return untuned(steps.map(lambda step: self.batch(sampler, step, finish)))

    def batch(self, sampler: BatchSampler, step: tf.Tensor, finish: Finish) -> Any:
        """Return the finished batch of a step, an int64 scalar tensor."""
        group = finish(self.take(sampler.examples(step, step + 1)))
        return tf.nest.map_structure(lambda part: tf.squeeze(part, 0), group)

    def groups(
        self, sampler: BatchSampler, start: tf.Tensor, grouping: Grouping, finish: Finish
    ) -> tf.data.Dataset:
        """See `Source.groups`."""

        def advance(step: tf.Tensor, _: tf.Tensor) -> tuple:
            stop = grouping.stop(step)
            return stop, (step, stop)

        def group(start: tf.Tensor, stop: tf.Tensor) -> Any:
            return finish(self.take(sampler.examples(start, stop)))

        return untuned(tf.data.Dataset.counter().scan(start, advance).map(group))
