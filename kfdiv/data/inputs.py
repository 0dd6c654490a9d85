"""What a user hands to `fit` or `evaluate`: made a data set of batches, or refused in one line."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.data import elements, iterables
from kfdiv.data.iterables import first_batch
from kfdiv.data.load import from_arrays
from kfdiv.data.origin import is_one_shot, why_not_resumable
from kfdiv.data.shapes import describe_shape_mismatch

__all__ = [
    "as_dataset",
    "describe_shape_mismatch",
    "first_batch",
    "is_endless",
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
) -> tf.data.Dataset:
    """Return a data set of batches x, `(x, y)` or `(x, y, w)`, w the weights of the examples.

    Nothing is read but a first batch, which is put back.

    Args:
        x: one of
            - examples of shape `(examples, ...)`: an array, a tensor or nested lists; floats, or
              uint8 pixels, which are scaled to (0, 1);
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
    dataset = _of_batches(x, beside)
    if dataset is not None:
        return elements.of_shape(dataset, event_shape)
    x = _examples(x, event_shape)
    if batch_size is None:
        batch_size = min(_BATCH_SIZE, len(x) or 1) if x.ndim else _BATCH_SIZE
    settings = {"shuffle": shuffle, "drop_remainder": drop_remainder, "seed": seed}
    return from_arrays(x, y, batch_size, sample_weight=sample_weight, **settings)


def is_endless(dataset: tf.data.Dataset) -> bool:
    """Say whether a data set is known to have no end.

    Example:
        >>> is_endless(tf.data.Dataset.range(3).repeat())
        True
    """
    return int(dataset.cardinality()) == tf.data.INFINITE_CARDINALITY


def _of_batches(x: Any, beside: list[str]) -> tf.data.Dataset | None:
    """Return the data set of what yields batches; None for what is no such thing."""
    if isinstance(x, tf.data.Dataset):
        _refuse_beside(beside, "a tf.data.Dataset")
        elements.check_spec(x.element_spec)
        return elements.as_floats(x)
    if isinstance(x, keras.utils.PyDataset):
        _refuse_beside(beside, "a PyDataset")
        return iterables.from_py_dataset(x)
    if _is_examples(x):
        return None
    if isinstance(x, Iterator):
        source = "a generator" if inspect.isgenerator(x) else f"an iterator ({type(x).__name__})"
        _refuse_beside(beside, source)
        return iterables.from_iterator(x, source)
    if isinstance(x, Iterable):
        _refuse_beside(beside, f"a {type(x).__name__}")
        return iterables.from_function(lambda: x, f"a {type(x).__name__}", _length(x))
    if callable(x) and not isinstance(x, (type, keras.layers.Layer)):
        _refuse_beside(beside, "a function")
        name = getattr(x, "__name__", type(x).__name__)
        return iterables.from_function(x, f"a function ({name})", None)
    raise _no_data(x)


def _no_data(x: Any) -> TypeError:
    return TypeError(
        f"Received data of type {type(x).__name__}; expected an array, a tf.data.Dataset, a "
        "keras.utils.PyDataset, or an iterable, a generator or a function that gives batches."
    )


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


def _is_examples(x: Any) -> bool:
    """Whether `x` is, or should be, an array of examples; raises if it can be neither."""
    if isinstance(x, Mapping):
        raise ValueError(
            f"Received a dict with the keys {sorted(map(str, x))}; expected one array of examples: "
            f"pass x[{elements.likely_key(x)!r}], and labels as y."
        )
    if isinstance(x, keras.KerasTensor):
        raise TypeError("Received a symbolic keras.KerasTensor, which holds no data.")
    if isinstance(x, (tf.SparseTensor, tf.RaggedTensor)):
        fix = "tf.sparse.to_dense(x)" if isinstance(x, tf.SparseTensor) else "x.to_tensor()"
        raise TypeError(f"Received a {type(x).__name__}; expected a dense array: {fix}.")
    if x is None or isinstance(x, (str, bytes)):
        raise _no_data(x)
    return isinstance(x, (list, tuple)) or np.isscalar(x) or hasattr(x, "__array__")


def _examples(x: Any, event_shape: Sequence[int] | None) -> np.ndarray:
    """Return examples as one array; a list of arrays is told apart by the shapes, or refused."""
    if isinstance(x, (list, tuple)) and any(map(_holds_arrays, x)):
        x = _stacked(x, event_shape)
    try:
        return np.asarray(x)
    except ValueError as error:
        raise ValueError(
            f"Received a {type(x).__name__} that is no array ({error}); expected examples of one "
            "shape."
        ) from None


def _holds_arrays(value: Any) -> bool:
    parts = value if isinstance(value, (list, tuple)) else (value,)
    return isinstance(value, Mapping) or any(map(elements.is_array, parts))


def _stacked(x: Sequence[Any], event_shape: Sequence[int] | None) -> np.ndarray:
    shapes = [tuple(part.shape) if elements.is_array(part) else None for part in x]
    alike = len(set(shapes)) == 1 and shapes[0] is not None
    event = None if event_shape is None else tuple(event_shape)
    # A batch has two axes at least.
    if isinstance(x, list) and alike and (shapes[0] == event or len(shapes[0]) == 1):
        return np.stack([np.asarray(part) for part in x])
    listed = f"Received a {type(x).__name__} of {len(x)} parts of shapes {shapes[:3]}"
    if isinstance(x, tuple):
        raise ValueError(f"{listed}; pass its parts as x, y and sample_weight.")
    if event is not None and all(shape is not None and shape[1:] == event for shape in shapes):
        raise ValueError(f"{listed}, which are batches; join them: np.concatenate(x).")
    raise ValueError(
        f"{listed}; expected one array. np.stack(x) makes one of examples, np.concatenate(x) of "
        "batches; of batches (x, y), pass a function: lambda: iter(batches)."
    )
