"""What a user hands to `fit` or `evaluate`: made a data set of batches, or refused in one line."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.data import elements, iterables, origin, pixels
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


def is_examples(x: Any) -> bool:
    """Say whether `x` is, or should be, an array of examples, rather than what gives batches.

    Raises:
        TypeError: if it can be neither, as `as_dataset` does.
        ValueError: if it is a dict.

    Example:
        >>> is_examples([[0.5]]), is_examples(tf.data.Dataset.range(3)), is_examples(iter("abc"))
        (True, False, False)
    """
    if isinstance(x, (tf.data.Dataset, keras.utils.PyDataset)):
        return False
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
    if isinstance(x, (list, tuple)) or np.isscalar(x) or hasattr(x, "__array__"):
        return True
    if isinstance(x, Iterable) or (callable(x) and not isinstance(x, (type, keras.layers.Layer))):
        return False
    raise _no_data(x)


def as_array(x: Any, event_shape: Sequence[int] | None = None) -> np.ndarray:
    """Return examples, of which `is_examples` says that they are such, as one array.

    Args:
        x: an array, a tensor, nested lists, or a list of examples.
        event_shape: as of `as_dataset`.

    Raises:
        ValueError: on a list of arrays that are no examples, or of several shapes.

    Example:
        >>> as_array([np.zeros(2), np.ones(2)]).shape
        (2, 2)
    """
    if isinstance(x, (list, tuple)) and any(map(_holds_arrays, x)):
        x = _stacked(x, event_shape)
    lists = isinstance(x, (list, tuple))
    try:
        x = np.asarray(x)
    except ValueError as error:
        raise ValueError(
            f"Received a {type(x).__name__} that is no array ({error}); expected examples of one "
            "shape."
        ) from None
    if not (lists and x.dtype == np.float64):
        return x
    # Python's floats have no precision of their own.
    with np.errstate(over="ignore"):
        return x.astype(np.float32)


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
