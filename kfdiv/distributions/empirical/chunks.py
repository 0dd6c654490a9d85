"""Examples and weights as they come from an array or a data set: read once, and checked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import keras
import numpy as np
import tensorflow as tf

_PATIENCE = 5.0  # seconds before a pass over a data set reports its progress

# Examples `(n, ...)`, alone or with their weights `(n,)`.
Chunk = np.ndarray | tuple[np.ndarray, np.ndarray]


def of_dataset(dataset: tf.data.Dataset) -> Iterable[Chunk]:
    """Read a finite, batched data set of `x`, `(x, y)` or `(x, y, w)` once; y is left out.

    Raises:
        ValueError: if the data set is infinite.
        TypeError: if an element is neither a tensor nor a tuple that starts with one.
    """
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            "The data distribution received an infinite data set; it reads one whole pass. "
            "Pass the data set before .repeat(), or dataset.take(steps)."
        )
    spec = dataset.element_spec
    spec = spec[0] if isinstance(spec, tuple) else spec
    if not isinstance(spec, tf.TensorSpec):
        raise TypeError(
            "The data distribution reads data sets of x, (x, y) or (x, y, w), received elements "
            f"{spec}. Map the data set to its examples first: dataset.map(lambda element: "
            "element['image'])."
        )
    return _batches(dataset)


def checked(chunks: Iterable[Chunk], weights: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the examples of each chunk, those of weight zero left out.

    Args:
        chunks: what is read.
        weights: a list to which the weights of what is yielded are appended, if there are any.

    Raises:
        ValueError: if an example or a weight is not what it should be.
        TypeError: if the examples are not floating point.
    """
    for chunk in chunks:
        x, w = chunk if isinstance(chunk, tuple) else (chunk, None)
        _check_kind(x)
        if w is not None:
            w = np.asarray(w, "float64")
            _check_weights(w, len(x))
            weights.append(w[w > 0])
            x = x if w.all() else x[w > 0]
        _check_numbers(x)
        if len(x):
            yield x


def _batches(dataset: tf.data.Dataset) -> Iterator[Chunk]:
    """Yield each batch's part; draw a progress bar once the pass turns out to be long."""
    total = int(dataset.cardinality())
    progress = keras.utils.Progbar(total if total > 0 else None, unit_name="batch")
    begin, count, shown = time.monotonic(), 0, False
    for batch in dataset.as_numpy_iterator():
        count += 1
        if time.monotonic() - begin > _PATIENCE and count != total:
            progress.update(count)
            shown = True
        if isinstance(batch, tuple):
            yield (batch[0], batch[2]) if len(batch) > 2 else batch[0]
        else:
            yield batch
    if shown:
        progress.update(count, finalize=True)


def _check_kind(chunk: np.ndarray) -> None:
    if not np.issubdtype(chunk.dtype, np.floating):
        raise TypeError(
            f"The data distribution needs floating-point examples, received dtype {chunk.dtype}. "
            "The spread width is in the units of the data, so scale it first: x.astype('float32') "
            "/ 255, say."
        )
    if chunk.ndim < 2 or 0 in chunk.shape[1:]:
        raise ValueError(
            f"The data distribution needs batches (batch, ...), received shape {chunk.shape}. For "
            "scalar examples use shape (batch, 1); batch the data set first if it is not batched."
        )


def _check_numbers(chunk: np.ndarray) -> None:
    wrong = chunk.size - int(np.isfinite(chunk).sum())
    if wrong:
        raise ValueError(
            f"The data contains NaN or infinity: {wrong} of {chunk.size} numbers in one batch of "
            "examples. Clean or drop those examples first."
        )


def _check_weights(weights: np.ndarray, count: int) -> None:
    if weights.shape != (count,):
        raise ValueError(
            f"The data distribution received weights of shape {weights.shape} beside {count} "
            f"examples; expected a weight each, shape ({count},)."
        )
    wrong = int(np.sum(~np.isfinite(weights) | (weights < 0)))
    if wrong:
        raise ValueError(
            f"{wrong} of {weights.size} weights in one batch are negative, NaN or infinite. A "
            "weight says how often an example counts: 0 or more."
        )
