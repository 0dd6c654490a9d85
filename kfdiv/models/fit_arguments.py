"""What Keras's `fit` takes besides data: honoured, or refused with what to do instead."""

from __future__ import annotations

import contextlib
import importlib.util
import numbers
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

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
            hint = "Leave it out, or pass instances of keras.callbacks.Callback."
            if isinstance(callback, type):
                hint = f"Make an instance of the class: {callback.__name__}(...)."
            elif callable(callback):
                hint = "A function becomes one by keras.callbacks.LambdaCallback(on_epoch_end=...)."
            raise TypeError(f"callbacks must be Keras callbacks, but got {callback!r}. {hint}")
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


@contextlib.contextmanager
def resumed(model: keras.Model, callbacks: Iterable[Any]) -> Iterator[tuple[int, int]]:
    """Load the newest backup, if there is one, and have its folder until the `fit` is over.

    Args:
        model: a `Trainer`.
        callbacks: those of `fit`; an `ExactResume` among them has the backups.

    Yields:
        The step at which this fit began, and how many steps of it have been taken.
    """
    backup = next((one for one in callbacks if isinstance(one, ExactResume)), None)
    if backup is None:
        yield int(model.step.numpy()), 0
        return
    try:
        start = backup.restore(model)
        yield start, int(model.step.numpy()) - start
    finally:
        backup.release()


def weigh_classes(y: Any, class_weight: Mapping[int, float], sample_weight: Any) -> np.ndarray:
    """Return `sample_weight * class_weight[y]`, a weight an example; classes left out weigh 1.

    Args:
        y: integer labels of shape `(examples,)`.
        class_weight: weights by label.
        sample_weight: weights of shape `(examples,)`, or None.

    Raises:
        TypeError: if `class_weight` is no mapping from integers.
        ValueError: if there are no integer labels, none of them has a weight, or weights are not
            an example's each.

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
    integers = isinstance(class_weight, Mapping) and all(
        isinstance(label, numbers.Integral) for label in class_weight
    )
    if not integers:
        raise TypeError(
            "class_weight must be a dict of integer labels and their weights, such as "
            f"{{0: 1.0, 1: 0.5}}, but got {class_weight!r}."
        )
    if not set(class_weight) & set(labels.tolist()):
        raise ValueError(
            f"class_weight has weights of the labels {sorted(class_weight)}, none of which is "
            f"among those of y: {np.unique(labels).tolist()[:10]}."
        )
    weights = np.array([float(class_weight.get(label, 1.0)) for label in labels.tolist()])
    if sample_weight is None:
        return weights.astype("float32")
    if np.shape(sample_weight) != labels.shape:
        raise ValueError(
            f"sample_weight must have shape {labels.shape}, a weight an example, but got "
            f"{np.shape(sample_weight)}."
        )
    return (weights * np.asarray(sample_weight)).astype("float32")
