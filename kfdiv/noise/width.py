"""What a spread width may be: a positive number, or a schedule of them."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from kfdiv.arguments import check_number
from kfdiv.schedules import check_schedule

Width = float | keras.optimizers.schedules.LearningRateSchedule


def cast_width(width: float | tf.Tensor, dtype: tf.DType | str) -> tf.Tensor:
    """Return the width as a tensor of `dtype`; `tf.cast` would round a Python float to float32."""
    return tf.cast(width, dtype) if tf.is_tensor(width) else tf.convert_to_tensor(width, dtype)


def checked_width(owner: str, width: object) -> Width:
    """Return a positive float or a schedule that starts positive."""
    if isinstance(width, keras.optimizers.schedules.LearningRateSchedule):
        start = check_schedule(owner, width)
        if not 0 < start < math.inf:
            raise ValueError(
                f"{owner} received a schedule whose width at step 0 is {start}; widths must be "
                "positive and finite."
            )
        return width
    return check_number(
        f"The width of {owner}",
        width,
        above=0,
        expected="a number, a positive finite width, or a Keras LearningRateSchedule (such as "
        "kfdiv.noise.Annealed(1.0, 0.1, steps=10_000); for no noise at all pass noise=None)",
    )
