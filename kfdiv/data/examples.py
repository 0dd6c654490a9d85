"""Data that a measure looks at: read whole, or batch by batch, from whatever `fit` takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kfdiv.data import elements, inputs, origin, pixels, validate
from kfdiv.data.shapes import describe_shape_mismatch

# Of an array that is gone through batch by batch.
_ROWS = 1_000


@dataclasses.dataclass(frozen=True)
class Examples:
    """Some examples, their labels, and how often each of them counts.

    Args:
        x: examples, a float array of shape `(examples, ...)`.
        y: labels, shape `(examples, ...)`, or None.
        weight: float64, shape `(examples,)`, or None where each counts once.
        of_pixels: whether x were 8-bit pixels, which were scaled.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    weight: np.ndarray | None = None
    of_pixels: bool = False

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: slice | np.ndarray) -> Examples:
        parts = (self.x, self.y, self.weight)
        return Examples(*(None if p is None else p[rows] for p in parts), self.of_pixels)

    def counted(self) -> Examples:
        """Return those whose weight is not zero."""
        if self.weight is None or self.weight.all():
            return self
        return self[self.weight > 0]


def read(
    data: Any,
    labels: Any = None,
    sample_weight: Any = None,
    *,
    event_shape: Sequence[int] | None = None,
    value_range: tuple[float, float] | None = (0.0, 1.0),
    name: str = "x",
) -> Examples:
    """Read data into memory.

    Args:
        data: as `fit` takes them, with an end: examples of shape `(examples, ...)`, an array, a
            tensor or nested lists; or batches x, `(x, y)` or `(x, y, w)` of a `tf.data.Dataset`, a
            `keras.utils.PyDataset`, an iterable, a generator or a function that returns one. Of a
            data set of ours it is the first pass, however often it was iterated.
        labels: beside an array, shape `(examples, ...)`.
        sample_weight: how often each example of an array counts, shape `(examples,)`.
        event_shape: shape of one example, if it is known.
        value_range: what uint8 pixels are scaled to; NaN, or None where they make no sense, refuses
            them.
        name: what errors call the data.

    Returns:
        All examples, those of weight zero included. Floats keep their precision.

    Raises:
        TypeError: if the data are of no kind that `fit` takes, or are neither floats nor pixels.
        ValueError: if the examples have another shape, are none, hold a NaN or an infinity where
            they count, or have no end; if weights are negative, or all zero.

    Example:
        >>> found = read(np.array([[0], [255]], np.uint8), sample_weight=[0.0, 2.0])
        >>> found.x.tolist(), found.counted().x.tolist()
        ([[0.0], [1.0]], [[1.0]])
    """
    options = {"event_shape": event_shape, "value_range": value_range, "name": name}
    if inputs.is_examples(data):
        found = _of_array(data, labels, sample_weight, **options)
    else:
        parts = list(batches(data, labels, sample_weight, **options))
        found = parts[0] if len(parts) == 1 else _joined(parts)
    if found.weight is not None:
        validate.check_any_weight(found.weight)
    return found


def batches(
    data: Any,
    labels: Any = None,
    sample_weight: Any = None,
    *,
    event_shape: Sequence[int] | None = None,
    value_range: tuple[float, float] | None = (0.0, 1.0),
    name: str = "x",
) -> Iterator[Examples]:
    """Read data batch by batch; arguments and errors as of `read`.

    Yields:
        Some examples, of arrays 1,000 at a time.

    Example:
        >>> [len(part) for part in batches(np.zeros((2_500, 3)))]
        [1000, 1000, 500]
    """
    options = {"event_shape": event_shape, "value_range": value_range, "name": name}
    if inputs.is_examples(data):
        whole = _of_array(data, labels, sample_weight, **options)
        for start in range(0, len(whole), _ROWS):
            yield whole[start : start + _ROWS]
        return
    dataset = inputs.as_dataset(
        data, labels, sample_weight, event_shape=event_shape, value_range=value_range
    )
    if inputs.is_endless(dataset):
        raise ValueError(
            f"Received {name} without an end. Say how much of it to take: dataset.take(100)."
        )
    some = False
    for element in inputs.first_pass(dataset):
        x, y, w = (None if p is None else np.asarray(p) for p in elements.parts_of(element))
        _check_shape(x, event_shape, name)
        w = None if w is None else _weights(w, len(x))
        part = Examples(x, y, w, origin.is_of_pixels(dataset))
        pixels.check_finite(part.counted().x, name)
        some = some or len(x) > 0
        yield part
    if not some:
        raise ValueError(f"Received {name} without any examples; expected at least one.")


def of_batches(
    items: Sequence[Any], value_range: tuple[float, float], name: str
) -> Iterator[Examples]:
    """Read a list of batches x, `(x, y)` or `(x, y, w)`, which may differ in type.

    Args:
        items: the batches.
        value_range: what uint8 pixels are scaled to.
        name: what errors call the data.
    """
    for item in items:
        x, y, w = elements.parts_of(elements.of_python(item, f"a list as {name}", value_range))
        part = Examples(x, y, w if w is None else _weights(w, len(x)), elements.holds_bytes(item))
        validate.check_examples(x, name)
        pixels.check_finite(part.counted().x, name)
        yield part


def _of_array(
    data: Any,
    labels: Any,
    sample_weight: Any,
    *,
    event_shape: Sequence[int] | None,
    value_range: tuple[float, float] | None,
    name: str,
) -> Examples:
    x = inputs.as_array(data, event_shape)
    validate.check_some(x, name)
    _check_shape(x, event_shape, name)
    validate.check_examples(x, name)
    of_pixels = x.dtype == np.uint8
    if of_pixels:
        x = pixels.to_float_array(x, pixels.check_known(value_range))
    y = None if labels is None else validate.labels(labels, len(x))
    w = None if sample_weight is None else _weights(np.asarray(sample_weight), len(x))
    found = Examples(x, y, w, of_pixels)
    pixels.check_finite(found.counted().x, name)
    return found


def _weights(w: np.ndarray, num_examples: int) -> np.ndarray:
    validate.check_weights(w, num_examples)
    return w.astype(np.float64)


def _check_shape(x: np.ndarray, event_shape: Sequence[int] | None, name: str) -> None:
    if event_shape is not None and x.shape[1:] != tuple(event_shape):
        raise ValueError(describe_shape_mismatch(x.shape, event_shape, name))


def _joined(parts: Sequence[Examples]) -> Examples:
    """Return batches as one."""
    columns = zip(*((part.x, part.y, part.weight) for part in parts), strict=True)
    joined = (None if column[0] is None else np.concatenate(column) for column in columns)
    return Examples(*joined, parts[0].of_pixels)
