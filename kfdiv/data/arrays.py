"""Examples given as one array, or as what is one: tensors and nested lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.data import elements


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


def _no_data(x: Any) -> TypeError:
    return TypeError(
        f"Received data of type {type(x).__name__}; expected an array, a tf.data.Dataset, a "
        "keras.utils.PyDataset, or an iterable, a generator or a function that gives batches."
    )
