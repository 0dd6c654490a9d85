"""The three kinds of batches, x, `(x, y)` and `(x, y, w)`: recognised, or refused with the fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv.data import origin, pixels

KINDS = "expected batches x, (x, y) or (x, y, w)"


def check_spec(spec: Any) -> None:
    """Raise if elements of a `tf.data.Dataset` are no batches.

    Args:
        spec: its `element_spec`.

    Raises:
        TypeError: if x is neither floats nor uint8 pixels.
        ValueError: if the structure is another, or x is not dense, or w is not a vector.
    """
    x, w = spec, None
    if isinstance(spec, tuple) and not isinstance(spec, tf.TensorSpec):
        if not 1 <= len(spec) <= 3:
            raise ValueError(
                f"Received a data set of tuples of {len(spec)} parts; {KINDS}. Map it: "
                "dataset.map(lambda x, y, *rest: (x, y))."
            )
        x, w = spec[0], spec[2] if len(spec) == 3 else None
    if isinstance(x, Mapping):
        alone = x is spec
        arguments = "x" if alone or len(spec) == 1 else ", ".join("xyw"[: len(spec)])
        parts = arguments.replace("x", f"x[{likely_key(x)!r}]", 1)
        raise ValueError(
            f"Received a data set whose x is a dict with the keys {sorted(map(str, x))}; {KINDS}. "
            f"Map it: dataset.map(lambda {arguments}: {_result(parts)})."
        )
    if isinstance(x, tuple):
        arguments = ", ".join("xyw"[: len(spec)])
        parts = arguments.replace("x", "x[0]", 1)
        raise ValueError(
            f"Received a data set whose x is a tuple, {spec}; {KINDS}. Map it: dataset.map(lambda "
            f"{arguments}: {_result(parts)})."
        )
    if not isinstance(x, tf.TensorSpec):
        dense = "tf.sparse.to_dense(x)" if isinstance(x, tf.SparseTensorSpec) else "x.to_tensor()"
        raise ValueError(
            f"Received a data set whose x is {x}; expected dense tensors. Map it, for example to "
            f"{dense}."
        )
    if x.dtype != tf.uint8 and not x.dtype.is_floating:
        raise TypeError(
            f"Received a data set whose x is of dtype {x.dtype.name}; expected floats, or uint8 "
            "for pixels from 0 to 255. Map it: tf.cast(x, tf.float32)."
        )
    _check_weight_spec(w)


def _result(parts: str) -> str:
    return f"({parts})" if "," in parts else parts


def _check_weight_spec(w: Any) -> None:
    if w is None or isinstance(w, tf.NoneTensorSpec):
        return
    if not isinstance(w, tf.TensorSpec) or w.shape.rank not in (None, 1):
        raise ValueError(
            f"Received a data set whose w, the weights of examples, is {w}; expected shape "
            "(batch,). Map it, for example to tf.squeeze(w, -1)."
        )


def parts_of(data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and w of an element `x`, `(x,)`, `(x, y)` or `(x, y, w)`; None where missing.

    Example:
        >>> parts_of(("x", "y"))
        ('x', 'y', None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(f"Received a {type(data).__name__} of {len(data)} parts; {KINDS}.")
    x, y, w = (*data, None, None)[:3]
    return x, None if isinstance(y, tuple) and not y else y, w


def given_parts(data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and w of what a user gave as one argument: a tuple of arrays, or else x itself.

    Example:
        >>> given_parts(([1.0, 2.0], [0, 1])), given_parts([1.0, 2.0])
        (([1.0, 2.0], [0, 1], None), ([1.0, 2.0], None, None))
    """
    return parts_of(data) if isinstance(data, tuple) else (data, None, None)


def as_floats(
    dataset: tf.data.Dataset, value_range: tuple[float, float] | None = (0.0, 1.0)
) -> tf.data.Dataset:
    """Return a data set of batches with uint8 x scaled to a range; one of floats as it is."""
    spec = dataset.element_spec
    x = spec[0] if isinstance(spec, tuple) else spec
    if x.dtype != tf.uint8:
        return dataset
    value_range = pixels.check_known(value_range)

    def scale(x: tf.Tensor, *rest: Any) -> Any:
        x = pixels.to_float(x, value_range)
        return (x, *rest) if rest else x

    return origin.mark_pixels(dataset.map(scale))


def of_shape(dataset: tf.data.Dataset, event_shape: Sequence[int] | None) -> tf.data.Dataset:
    """Return a data set whose x has a known shape: a model's, where the data set knows none."""
    spec = dataset.element_spec
    shape = (spec[0] if isinstance(spec, tuple) else spec).shape
    if event_shape is None or (shape.rank and shape[1:].is_fully_defined()):
        return dataset
    if not shape.is_compatible_with([None, *event_shape]):
        return dataset  # which the model's own check says in better words

    def ensure(x: tf.Tensor, *rest: Any) -> Any:
        x = tf.ensure_shape(x, [None, *event_shape])
        return (x, *rest) if rest else x

    return dataset.map(ensure)


def likely_key(parts: Mapping[str, Any]) -> Any:
    """Return the key under which a dict most likely has its examples."""
    return "image" if "image" in parts else next(iter(parts), "x")


def of_python(
    element: Any, source: str, value_range: tuple[float, float] | None = (0.0, 1.0)
) -> tuple[Any, ...]:
    """Return the parts of a batch that Python code made, as arrays: x, x and y, or x, y and w.

    Args:
        element: an array, or a tuple or list of one to three; y may be None.
        source: what it came from, for an error message.
        value_range: what bytes are scaled to.

    Returns:
        x as floats; y, `()` if there are weights but no labels; w, float32.

    Raises:
        TypeError: if x is neither floats nor uint8 pixels.
        ValueError: if it is no batch.
    """
    if isinstance(element, Mapping):
        raise ValueError(
            f"Received {source} of dicts with the keys {sorted(map(str, element))}; {KINDS}. Make "
            f"it yield batch[{likely_key(element)!r}], or a tuple."
        )
    parts = tuple(element) if _is_parts(element) else (element,)
    nested = isinstance(parts[0], list) and _is_parts(parts[0])
    if not 1 <= len(parts) <= 3 or nested or isinstance(parts[0], (Mapping, tuple, type(None))):
        kinds = ", ".join(type(part).__name__ for part in parts[:5])
        raise ValueError(f"Received {source} of tuples ({kinds}); {KINDS}.")
    x = np.asarray(parts[0])
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(
            f"Received {source} whose element is {parts[0]!r}; {KINDS}, each of at least one "
            "example."
        )
    if x.dtype == np.uint8:
        x = pixels.to_float_array(x, pixels.check_known(value_range))
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(
            f"Received {source} of batches of dtype {x.dtype}; expected floats, or uint8 for "
            "pixels from 0 to 255."
        )
    y = parts[1] if len(parts) > 1 else None
    w = parts[2] if len(parts) > 2 else None
    y = None if y is None or (isinstance(y, tuple) and not y) else np.asarray(y)
    w = None if w is None else np.asarray(w, np.float32)
    for name, part in (("y", y), ("w", w)):
        if part is not None and (part.ndim == 0 or len(part) != len(x)):
            raise ValueError(
                f"Received {source} of batches with {len(x)} examples beside {name} of shape "
                f"{part.shape}; expected one for each example."
            )
    if w is not None and w.ndim != 1:
        raise ValueError(
            f"Received {source} of batches with weights of shape {w.shape}; expected (batch,)."
        )
    if w is not None:
        return x, () if y is None else y, w
    return (x,) if y is None else (x, y)


def holds_bytes(element: Any) -> bool:
    """Say whether the x of a batch that Python code made is of 8-bit pixels."""
    x = element[0] if _is_parts(element) else element
    return getattr(x, "dtype", None) in (np.uint8, tf.uint8)


def _is_parts(element: Any) -> bool:
    """Whether an element is a tuple of parts: a tuple or, as PyTorch makes it, a list of arrays."""
    if isinstance(element, tuple):
        return True
    if not isinstance(element, list) or not element or not is_array(element[0]):
        return False
    return all(part is None or is_array(part) for part in element)


def is_array(value: Any) -> bool:
    """Say whether a value is an array or a tensor of at least one axis."""
    shape = getattr(value, "shape", None)
    return isinstance(shape, Sequence | tf.TensorShape) and len(shape) > 0
