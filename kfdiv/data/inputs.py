"""What a user hands to `fit` or `evaluate`: made a data set of batches, or refused in one line."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.data import elements, iterables, origin, pixels
from kfdiv.data.arrays import as_array, is_examples
from kfdiv.data.iterables import first_batch
from kfdiv.data.load import from_arrays
from kfdiv.data.origin import is_one_shot, why_not_resumable
from kfdiv.data.shapes import describe_shape_mismatch

__all__ = [
    "as_array",
    "as_dataset",
    "describe_shape_mismatch",
    "first_batch",
    "first_pass",
    "is_endless",
    "is_examples",
    "is_one_shot",
    "why_not_resumable",
]

# Of arrays, where the user does not say.
_BATCH_SIZE = 100


def as_dataset(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    batch_size: int | None = None,
    *,
    shuffle: bool = True,
    drop_remainder: bool = True,
    seed: int = 0,
    event_shape: Sequence[int] | None = None,
    value_range: tuple[float, float] | None = (0.0, 1.0),
) -> tf.data.Dataset:
    """Return a data set of batches x, `(x, y)` or `(x, y, w)`, w the weights of the examples.

    Nothing is read but a first batch, which is put back.

    Args:
        x: one of
            - examples of shape `(examples, ...)`: an array, a tensor or nested lists; floats, or
              uint8 pixels, which are scaled to `value_range`;
            - a `tf.data.Dataset` of batches, which is returned as it is, save that uint8 pixels are
              scaled likewise;
            - a `keras.utils.PyDataset`; one without a length is endless;
            - an iterable of batches that can be read again and again, such as PyTorch's
              `DataLoader`, or a function that returns an iterator of them; of unknown length,
              unless it has a `len`;
            - a generator or another iterator of batches, which can be read only once.
        y: labels beside an array, shape `(examples, ...)`.
        sample_weight: how often each example of an array counts, shape `(examples,)`.
        batch_size: of an array; by default 100, or all examples if there are fewer.
        shuffle: draw a new order of an array's examples each epoch.
        drop_remainder: leave out the last, smaller batch of an array.
        seed: of an array's order.
        event_shape: the shape of one example, if it is known. It tells a list of examples from a
            list of batches, and holds where a `tf.data.Dataset` knows no shape.
        value_range: what uint8 pixels are scaled to, `(0, 1)` or `(-1, 1)`; they are refused where
            it is NaN, which is not known, or None, where there are no pixels.

    Returns:
        A `tf.data.Dataset` of one pass; of unknown cardinality if that of `x` is not known, or
        infinite.

    Raises:
        TypeError: if x, or a dtype, is of no kind that data can have; says which can.
        ValueError: if batches are not x, `(x, y)` or `(x, y, w)`, or something stands beside data
            that bring their own; says how to change that.

    Example:
        >>> as_dataset(np.zeros((6, 2)), batch_size=3).element_spec.shape
        TensorShape([3, 2])
        >>> as_dataset(batch for batch in [np.zeros((3, 2))]).element_spec.shape
        TensorShape([None, 2])
    """
    beside = {"y": y, "sample_weight": sample_weight, "batch_size": batch_size}
    beside = [name for name, value in beside.items() if value is not None]
    if not is_examples(x):
        return elements.of_shape(_of_batches(x, beside, value_range), event_shape)
    x = as_array(x, event_shape)
    # Without a batch axis it is known better here what is missing than where shapes are free.
    if x.size and x.ndim < 2 and event_shape:
        raise ValueError(describe_shape_mismatch(x.shape, event_shape))
    if batch_size is None:
        batch_size = min(_BATCH_SIZE, len(x) or 1) if x.ndim else _BATCH_SIZE
    settings = {"shuffle": shuffle, "drop_remainder": drop_remainder, "seed": seed}
    if x.dtype == np.uint8:
        settings["value_range"] = pixels.check_known(value_range)
    return from_arrays(x, y, batch_size, sample_weight=sample_weight, **settings)


def is_endless(dataset: tf.data.Dataset) -> bool:
    """Say whether a data set is known to have no end.

    Example:
        >>> is_endless(tf.data.Dataset.range(3).repeat())
        True
    """
    return int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY


def first_pass(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return one pass over what `as_dataset` returned, of a stream the first, whenever it is made.

    Figures that are measured twice are therefore the same. What tf.data made of a stream that
    shuffles comes in another order each pass, which is said in a warning.

    Args:
        dataset: with an end, or of a user who bounds it.

    Example:
        >>> import kfdiv
        >>> dataset = kfdiv.data.load("ring")
        >>> first, again = (next(iter(first_pass(dataset)))[0] for _ in "ab")
        >>> bool(tf.reduce_all(first == again))
        True
    """
    if origin.loses_order(dataset):
        warnings.warn(
            "These data were made by kfdiv.data and then changed by tf.data (map, batch, take, "
            "...), so they come in another order each pass, and figures that draws enter differ "
            "from one evaluation to the next. Change them by kfdiv.data.map_batches, or load them "
            "with shuffle=False.",
            stacklevel=2,
        )
    stream = origin.stream_of(dataset)
    return dataset if stream is None else stream.batches().take(stream.steps_per_epoch)


def _of_batches(
    x: Any, beside: list[str], value_range: tuple[float, float] | None
) -> tf.data.Dataset:
    """Return the data set of what yields batches."""
    if isinstance(x, tf.data.Dataset):
        _refuse_beside(beside, "a tf.data.Dataset")
        elements.check_spec(x.element_spec)
        return elements.as_floats(x, value_range)
    if isinstance(x, keras.utils.PyDataset):
        _refuse_beside(beside, "a PyDataset")
        return iterables.from_py_dataset(x, value_range)
    if isinstance(x, Iterator):
        source = "a generator" if inspect.isgenerator(x) else f"an iterator ({type(x).__name__})"
        _refuse_beside(beside, source)
        return iterables.from_iterator(x, source, value_range)
    if isinstance(x, Iterable):
        source = f"a {type(x).__name__}"
        _refuse_beside(beside, source)
        return iterables.from_function(lambda: x, source, _length(x), value_range)
    _refuse_beside(beside, "a function")
    name = getattr(x, "__name__", type(x).__name__)
    return iterables.from_function(x, f"a function ({name})", None, value_range)


def _refuse_beside(beside: list[str], source: str) -> None:
    if not beside:
        return
    fix = "give it batches of that size" if "batch_size" in beside else "let it give (x, y, w)"
    raise ValueError(
        f"Received {', '.join(beside)} beside {source}, whose batches bring their own: leave "
        f"{'it' if len(beside) == 1 else 'them'} out, and {fix}."
    )


def _length(x: Any) -> int | None:
    try:
        return len(x)
    except TypeError:  # also of a loader that has the method, but no length
        return None
