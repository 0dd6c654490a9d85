"""What Keras's `fit` takes besides data: honoured, or refused with what to do instead."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.arguments import check_count
from kfdiv.callbacks import ExactResume
from kfdiv.data import inputs


def callback_list(callbacks: Any) -> list[keras.callbacks.Callback]:
    """Return the callbacks as a list; one alone is understood.

    Raises:
        TypeError: if one of them is no callback.
        ValueError: on Keras's `BackupAndRestore`, which would restore the weights but not the
            place in the data.
        ImportError: on Keras's `TensorBoard` without the package that writes its files.
    """
    if callbacks is None:
        return []
    if isinstance(callbacks, keras.callbacks.Callback):
        callbacks = getattr(callbacks, "callbacks", [callbacks])
    if not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks must be Keras callbacks, but got {callbacks!r}.")
    callbacks = list(callbacks)
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(f"callbacks must be Keras callbacks, but got {callback!r}.")
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            raise ValueError(
                "keras.callbacks.BackupAndRestore restores weights but not the place in the data, "
                "so a resumed run would not repeat an uninterrupted one. Use "
                "kfdiv.callbacks.ExactResume(directory), which resumes bit for bit."
            )
        if isinstance(callback, keras.callbacks.TensorBoard) and not _has_tensorboard():
            raise ImportError(
                "keras.callbacks.TensorBoard writes by the package tensorboard, which is not "
                "installed: pip install tensorboard, or use kfdiv.callbacks.EventLog(directory), "
                "which writes the same files without it."
            )
    return callbacks


def _has_tensorboard() -> bool:
    return importlib.util.find_spec("tensorboard") is not None


def check_resumable(callbacks: Iterable[Any], dataset: tf.data.Dataset) -> None:
    """Raise if exact resume was asked for, and the data cannot be read from any step.

    Raises:
        ValueError: saying what to pass instead.
    """
    reason = inputs.why_not_resumable(dataset)
    if reason and any(isinstance(one, ExactResume) for one in callbacks):
        raise ValueError(f"ExactResume cannot resume this fit. {reason}")


def check_validation(data: Any, steps: Any, batch_size: Any, freq: Any) -> None:
    """Raise a ValueError if there are settings of a validation but no data, or they are wrong."""
    given = {"validation_steps": steps, "validation_batch_size": batch_size}
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        check_count(name, value)
    if data is None and given:
        raise ValueError(
            f"{' and '.join(given)} came without validation_data; pass the data too, or leave "
            "them out."
        )
    if not isinstance(freq, (list, tuple, set)):
        check_count("validation_freq", freq)


def batch_size_of(x: Any, batch_size: int | None) -> int | None:
    """Return the batch size for data to evaluate on: that of the training array, of arrays."""
    return batch_size if hasattr(x, "shape") or isinstance(x, (list, tuple)) else None


def check_repeatable(held_out: tf.data.Dataset, times: int) -> None:
    """Raise if data to evaluate on are wanted more than once, and can be read only once.

    Args:
        held_out: the data, of which an evaluation takes all.
        times: how often.

    Raises:
        ValueError: saying what to pass instead.
    """
    if times > 1 and inputs.is_one_shot(held_out):
        raise ValueError(
            "validation_data come from a generator or another iterator, which can be read only "
            f"once, but are wanted {times} times. Pass a function that returns it, arrays, or "
            "validation_steps, the batches that each evaluation takes of it."
        )


def weigh_classes(y: Any, class_weight: Mapping[int, float], sample_weight: Any) -> np.ndarray:
    """Return `sample_weight * class_weight[y]`, a weight an example; classes left out weigh 1.

    Args:
        y: integer labels of shape `(examples,)`.
        class_weight: weights by label.
        sample_weight: weights of shape `(examples,)`, or None.

    Raises:
        ValueError: if there are no integer labels.

    Example:
        >>> weigh_classes([0, 1, 1], {1: 0.5}, None).tolist()
        [1.0, 0.5, 0.5]
    """
    labels = None if y is None else np.asarray(y)
    if labels is None or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(
            "class_weight weighs examples by integer labels: fit(x, y, class_weight={0: 1.0, ...}) "
            "with y of shape (examples,). From a data set yield (x, y, w) with weights w instead."
        )
    weights = np.array([float(class_weight.get(int(label), 1.0)) for label in labels], "float32")
    return weights if sample_weight is None else weights * np.asarray(sample_weight, "float32")


def split_off(parts: tuple[Any, Any, Any], share: float) -> tuple[tuple, tuple]:
    """Split arrays x, y and w in two, the last `share` of the examples apart, as Keras does.

    Raises:
        ValueError: if x is no array, the share is none, or one part would be empty.

    Example:
        >>> train, held_out = split_off((np.arange(10.0), None, None), 0.2)
        >>> held_out[0].tolist()
        [8.0, 9.0]
    """
    x = parts[0]
    if not 0 < share < 1:
        raise ValueError(f"validation_split must lie between 0 and 1, but got {share!r}.")
    if not hasattr(x, "shape"):
        raise ValueError(
            "validation_split splits arrays, but x is "
            f"{type(x).__name__}. Split the data yourself, and pass validation_data=..."
        )
    count = len(x)
    first = math.floor(count * (1 - share))
    if not 0 < first < count:
        raise ValueError(f"validation_split={share} leaves one part of {count} examples empty.")
    kept = tuple(None if part is None else part[:first] for part in parts)
    return kept, tuple(None if part is None else part[first:] for part in parts)
