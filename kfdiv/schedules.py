"""A check of schedules: what train steps, which are graphs, can compute a number of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf


def check_schedule(name: str, schedule: Callable[..., Any], *, of_step: bool = True) -> float:
    """Return a schedule's first number; raise unless a graph can compute it.

    Keras calls a schedule within the train step, where the step is a tensor without a value; what
    only works on numbers would fail there, after the data have been read.

    Args:
        name: what has the schedule.
        schedule: of the step; an integer scalar.
        of_step: whether it takes the step.

    Returns:
        Its number at step 0.

    Raises:
        ValueError: if it fails on a tensor, or gives something else than one real number.

    Example:
        >>> check_schedule("optimizer", lambda step: 0.1 if step < 2 else 0.01)
        Traceback (most recent call last):
        ...
        ValueError: The schedule of optimizer, ..., fails on a step that is a tensor: ...
    """
    owner = f"The schedule of {name}, {schedule!r:.100},"

    @tf.function(autograph=False)
    def of_tensor(step: tf.Tensor) -> tf.Tensor:
        return tf.convert_to_tensor(schedule(step) if of_step else schedule())

    try:
        with tf.init_scope():
            traced = of_tensor.get_concrete_function(tf.TensorSpec((), tf.int64))
            first = traced(tf.constant(0, tf.int64))
    except Exception as error:  # Of the user's function, whatever it is.
        said = " ".join(str(error).split())
        raise ValueError(
            f"{owner} fails on {'a step that is a tensor' if of_step else 'a call'}: {said:.200} "
            "Write it by TensorFlow or `keras.ops` operations, for example "
            "tf.where(step < 1_000, 1e-3, 1e-4)."
        ) from error
    if first.shape.rank or not (first.dtype.is_floating or first.dtype.is_integer):
        raise ValueError(
            f"{owner} must give one real number, but gave {first.dtype.name} of shape "
            f"{tuple(first.shape)}."
        )
    return float(first)


def check_start(name: str, schedule: Callable[..., Any], *, of_step: bool = True) -> None:
    """Raise unless a schedule starts at a finite number of at least 0.

    Args:
        name: as of `check_schedule`.
        schedule: likewise.
        of_step: likewise.

    Raises:
        ValueError: as `check_schedule`, or if its first number is negative or not finite.

    Example:
        >>> check_start("beta", lambda step: -1.0)
        Traceback (most recent call last):
        ...
        ValueError: beta must be finite and at least 0, but its schedule starts at -1.
    """
    first = check_schedule(name, schedule, of_step=of_step)
    if not 0 <= first < math.inf:
        raise ValueError(
            f"{name} must be finite and at least 0, but its schedule starts at {first:g}."
        )
