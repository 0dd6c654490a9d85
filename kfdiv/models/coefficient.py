"""A weight in a loss that may change while a model trains."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import tensorflow as tf

from kfdiv.arguments import check_number, is_number
from kfdiv.schedules import check_start


@dataclasses.dataclass(frozen=True)
class Coefficient:
    """A number, held in a variable that traced steps read; or a schedule of the step.

    Args:
        source: a `tf.Variable` or `keras.Variable`, or a Keras schedule.

    Example:
        >>> beta = Coefficient.make("beta", 0.5)
        >>> beta.assign("beta", 0.25), float(beta.at(0, "float32"))
        (True, 0.25)
    """

    source: Any

    @classmethod
    def make(cls, name: str, value: Any) -> Coefficient:
        """Return the coefficient that a user meant.

        Args:
            name: what the argument is called.
            value: a number of at least zero, a schedule, a scalar variable, or a coefficient.

        Raises:
            ValueError: if it is negative or not finite.
            TypeError: if it is something else.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, keras.optimizers.schedules.LearningRateSchedule):
            check_start(name, value)
            return cls(value)
        if isinstance(value, (tf.Variable, keras.Variable)):
            _checked(name, float(keras.ops.convert_to_numpy(value)))
            return cls(value)
        value = _checked(name, value)
        aggregation = tf.VariableAggregation.ONLY_FIRST_REPLICA
        with tf.init_scope():
            # In float64, so that a step in that precision has the number that was given.
            variable = tf.Variable(
                value, trainable=False, dtype=tf.float64, name=name, aggregation=aggregation
            )
        return cls(variable)

    def at(self, step: int | tf.Tensor, dtype: Any) -> tf.Tensor:
        """Return the number at a training step, a scalar."""
        scheduled = isinstance(self.source, keras.optimizers.schedules.LearningRateSchedule)
        return tf.cast(self.source(step) if scheduled else self.source, dtype)

    def assign(self, name: str, value: Any) -> bool:
        """Take another number in place of the present one; say whether that is possible.

        Raises:
            ValueError: if it is negative or not finite; the message calls it `name`.
        """
        if not is_number(value):
            return False
        if isinstance(self.source, keras.optimizers.schedules.LearningRateSchedule):
            return False
        self.source.assign(_checked(name, value))
        return True

    def argument(self) -> Any:
        """Return the present number, or the schedule."""
        if isinstance(self.source, keras.optimizers.schedules.LearningRateSchedule):
            return self.source
        return float(keras.ops.convert_to_numpy(self.source))


def _checked(name: str, value: Any) -> float:
    expected = (
        "a finite number of at least 0, a keras.optimizers.schedules.LearningRateSchedule of the "
        "step, or a tf.Variable that a callback moves"
    )
    return check_number(name, value, least=0.0, expected=expected)
