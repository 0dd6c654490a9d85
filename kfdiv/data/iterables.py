"""Batches that Python code makes, one by one, as a `tf.data.Dataset`."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.data import elements, origin
from kfdiv.data.source import FOREVER
from kfdiv.data.tuning import untuned

# Batches of a PyDataset that are made ahead of their use, within a pass.
_AHEAD = 2

Range = tuple[float, float] | None


def from_iterator(
    iterator: Iterator[Any], source: str, value_range: Range = (0.0, 1.0)
) -> tf.data.Dataset:
    """Return the batches that are left of an iterator, which can be read only once.

    The first is looked at, and put back. The length stays unknown. A second iteration of the data
    set goes on where the first one stopped.

    Args:
        iterator: yields batches.
        source: what it is, for error messages.
        value_range: what 8-bit pixels are scaled to.
    """
    passes = _Passes(lambda: iterator, source, value_range)
    return _with_first(origin.mark_one_shot(passes.dataset()), _unwrapped(passes.first))


def from_function(
    begin: Callable[[], Any],
    source: str,
    length: int | None,
    value_range: Range = (0.0, 1.0),
) -> tf.data.Dataset:
    """Return one pass over what can be read again and again.

    Args:
        begin: returns an iterable of a pass's batches.
        source: what it is, for error messages.
        length: how many batches a pass has, or None if that is not known.
        value_range: what 8-bit pixels are scaled to.
    """
    passes = _Passes(lambda: iter(begin()), source, value_range)
    dataset = passes.dataset()
    if length is not None:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(length))
    return _with_first(dataset, _unwrapped(passes.first))


def from_py_dataset(
    batches: keras.utils.PyDataset, value_range: Range = (0.0, 1.0)
) -> tf.data.Dataset:
    """Return one pass over a PyDataset, or, if it has no length, its endless sequence.

    Batches come in the PyDataset's own order, made by `workers` threads; `on_epoch_begin` and
    `on_epoch_end` are called once a pass.

    Args:
        batches: its items are batches.
        value_range: what 8-bit pixels are scaled to.
    """
    if batches.use_multiprocessing:
        raise ValueError(
            "Received a PyDataset with use_multiprocessing=True, but batches are made by threads "
            f"here, {batches.workers} of them. Leave use_multiprocessing out."
        )
    length = batches.num_batches
    if length == 0:
        raise ValueError("Received a PyDataset of length 0; expected at least one batch.")
    opened = batches[0]
    first = elements.of_python(opened, "a PyDataset", value_range)
    flat = tf.nest.flatten(first)
    lock, made = threading.Lock(), itertools.count(1)

    def begin() -> np.int64:
        batches.on_epoch_begin()
        return np.int64(0)

    def make(index: np.int64) -> list[np.ndarray]:
        parts = elements.of_python(batches[int(index)], "a PyDataset", value_range)
        with lock:
            last = length is not None and next(made) % length == 0
        if last:
            batches.on_epoch_end()
        pairs = zip(tf.nest.flatten(parts), flat, strict=True)
        return [np.asarray(part, known.dtype) for part, known in pairs]

    def batch(index: tf.Tensor) -> Any:
        parts = tf.numpy_function(make, [index], [known.dtype for known in flat])
        for part, known in zip(parts, flat, strict=True):
            part.set_shape([None, *known.shape[1:]])
        return _structure(first, parts)

    def one_pass(_: tf.Tensor) -> tf.data.Dataset:
        indices = tf.data.Dataset.range(FOREVER if length is None else length)
        workers = batches.workers if batches.workers > 1 else None
        # Ahead within a pass alone: the next one is to begin when this one has ended.
        return indices.map(batch, num_parallel_calls=workers).prefetch(_AHEAD)

    start = tf.data.Dataset.range(1).map(lambda _: tf.numpy_function(begin, [], tf.int64))
    count = tf.data.INFINITE_CARDINALITY if length is None else length
    dataset = start.flat_map(one_pass).apply(tf.data.experimental.assert_cardinality(count))
    if elements.holds_bytes(opened):
        dataset = origin.mark_pixels(dataset)
    return _with_first(untuned(dataset), _structure(first, flat))


class _Passes:
    """Reads iterators in turn, the first batch of the first one having been looked at.

    Args:
        begin: returns an iterator of a pass's batches.
        source: what it is, for error messages.
        value_range: what 8-bit pixels are scaled to.
    """

    def __init__(self, begin: Callable[[], Iterator[Any]], source: str, value_range: Range) -> None:
        self._begin = begin
        self._read = lambda element: elements.of_python(element, source, value_range)
        self._opened = begin()
        try:
            first = next(self._opened)
        except StopIteration:
            raise ValueError(
                f"Received {source} without any batches; expected at least one. One that was read "
                "before has none left."
            ) from None
        self.first = self._read(first)
        self._of_pixels = elements.holds_bytes(first)
        self._waiting = [self.first]

    def __call__(self) -> Iterator[Any]:
        """Go through a pass."""
        opened = self._begin() if self._opened is None else self._opened
        self._opened = None
        waiting, self._waiting = self._waiting, []
        yield from map(_unwrapped, waiting)
        # Not by `yield from`, which would close the user's iterator when this one is given up.
        for element in opened:
            yield _unwrapped(self._read(element))

    def dataset(self) -> tf.data.Dataset:
        """Return one pass as a data set of unknown length."""
        specs = [tf.TensorSpec([None, *part.shape[1:]], part.dtype)
                 for part in tf.nest.flatten(self.first)]  # fmt: skip
        signature = _structure(self.first, specs)
        dataset = tf.data.Dataset.from_generator(self, output_signature=signature)
        return untuned(origin.mark_pixels(dataset) if self._of_pixels else dataset)


def first_batch(dataset: tf.data.Dataset) -> Any:
    """Return the first batch of a data set, without taking it from what can be read only once.

    It is looked up once, and kept beside the data set.

    Args:
        dataset: what `as_dataset` returned.

    Raises:
        ValueError: if there is none.
    """
    known = getattr(dataset, "first_batch", None)
    if known is not None:
        return known
    stream = origin.stream_of(dataset)
    if stream is not None:
        return _with_first(dataset, stream.first_batch()).first_batch
    for batch in dataset.take(1):
        return _with_first(dataset, batch).first_batch
    raise ValueError(
        "Received an empty data set; expected at least one batch. If it was batched with "
        "drop_remainder=True, the batch size may exceed the number of examples."
    )


def _with_first(dataset: tf.data.Dataset, batch: Any) -> tf.data.Dataset:
    """Return `dataset` with the batch that was looked at beside it."""
    dataset.first_batch = tf.nest.map_structure(tf.convert_to_tensor, batch)
    return dataset


def _unwrapped(parts: tuple[Any, ...]) -> Any:
    return parts[0] if len(parts) == 1 else parts


def _structure(like: tuple[Any, ...], flat: list[Any]) -> Any:
    return _unwrapped(tf.nest.pack_sequence_as(like, list(flat)))
