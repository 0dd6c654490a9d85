"""Examples given as one array, or as what is one: tensors and nested lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.data import elements


def holds_examples(x: Any) -> bool:
    """Say whether `x` is, or should be, an array of examples, rather than give batches.

    Raises:
        TypeError: if it can be neither.
        ValueError: if it is a dict of arrays.

    Example:
        >>> [holds_examples(x) for x in ([[1.0], [2.0]], iter([]))]
        [True, False]
    """
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
        raise no_data(x)
    return isinstance(x, (list, tuple)) or np.isscalar(x) or hasattr(x, "__array__")


def as_array(x: Any, event_shape: Sequence[int] | None) -> np.ndarray:
    """Return examples as one array.

    Args:
        x: an array, a tensor, nested lists of numbers, or a list of arrays, one an example.
        event_shape: the shape of one example, if it is known.

    Raises:
        ValueError: if the parts of a list are of different shapes; or are batches, or might be.

    Example:
        >>> as_array([np.zeros(2), np.ones(2)], None).shape
        (2, 2)
    """
    if isinstance(x, (list, tuple)) and any(map(_holds_arrays, x)):
        x = _stacked(x, event_shape)
    try:
        return np.asarray(x)
    except ValueError as error:
        raise ValueError(
            f"Received a {type(x).__name__} that is no array ({error}); expected examples of one "
            "shape."
        ) from None


def no_data(x: Any) -> TypeError:
    """Return the error of what is no data at all."""
    return TypeError(
        f"Received data of type {type(x).__name__}; expected an array, a tf.data.Dataset, a "
        "keras.utils.PyDataset, or an iterable, a generator or a function that gives batches."
    )


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
