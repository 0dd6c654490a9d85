"""Learning rates that are functions of the train step, however often a role moves in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

_Schedule = keras.optimizers.schedules.LearningRateSchedule


@keras.saving.register_keras_serializable(package="kfdiv")
class TrainStepSchedule(_Schedule):
    """A schedule at the number of train steps, in place of its optimizer's count of updates.

    Keras gives a schedule `optimizer.iterations`. That of a critic that moves five times a train
    step counts five times as fast, so that its rate would be at the floor after a fifth of them;
    that of a scaled loss leaves out updates that overflowed. The count itself is Adam's, whose
    correction of the first moments needs the updates.

    Its config is rebuilt as the schedule alone: whose steps they are is for `compile` to say.

    Args:
        schedule: of Keras, or a user's own.
        steps: returns the number of train steps, an integer scalar.

    Example:
        >>> cosine = keras.optimizers.schedules.CosineDecay(1.0, 100)
        >>> float(TrainStepSchedule(cosine, steps=lambda: tf.constant(50))(7))
        0.5
    """

    def __init__(self, schedule: _Schedule, steps: Callable[[], tf.Tensor]) -> None:
        self.schedule = schedule
        self._steps = steps

    def __call__(self, step: Any) -> Any:
        """Return the rate of the train step; `step`, the optimizer's count, plays no part."""
        del step
        return self.schedule(self._steps())

    def get_config(self) -> dict[str, Any]:
        """Return the schedule, serialised."""
        return {"schedule": keras.saving.serialize_keras_object(self.schedule)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> _Schedule:
        """Return the schedule alone."""
        return keras.saving.deserialize_keras_object(config["schedule"], custom_objects)


def follow_steps(
    optimizer: keras.optimizers.Optimizer, steps: Callable[[], tf.Tensor], anew: bool
) -> None:
    """Let the schedules of an optimizer, and of those that it is made of, go by train steps.

    Args:
        optimizer: a role's. One whose rate is a number, a variable or a function stays as it is.
        steps: returns the number of train steps.
        anew: whether a schedule that goes by train steps already takes these instead.
    """
    for part in parts(optimizer):
        rate = _schedule_of(part)
        bound = isinstance(rate, TrainStepSchedule)
        if rate is not None and (anew or not bound):
            part.learning_rate = TrainStepSchedule(rate.schedule if bound else rate, steps)


def schedules(optimizer: keras.optimizers.Optimizer) -> list[_Schedule | None]:
    """Return what was given as the rate of an optimizer, or of each that it is made of.

    None stands for a number. No schedule is called.
    """
    found = [_schedule_of(part) for part in parts(optimizer)]
    return [one.schedule if isinstance(one, TrainStepSchedule) else one for one in found]


def rates(optimizer: keras.optimizers.Optimizer) -> list[Any]:
    """Return what gives the rate of an optimizer, or of each that it is made of.

    A schedule stands as it was given, where it goes by train steps already, too.
    """
    # Keras's property would call what gives a rate.
    found = [getattr(part, "_learning_rate", None) for part in parts(optimizer)]
    found = [one.schedule if isinstance(one, TrainStepSchedule) else one for one in found]
    return [one for one in found if one is not None]


def _schedule_of(optimizer: keras.optimizers.Optimizer) -> _Schedule | None:
    """Return the schedule of an optimizer's rate, or None."""
    # Keras's property would call the schedule.
    rate = getattr(optimizer, "_learning_rate", None)
    return rate if isinstance(rate, _Schedule) else None


def parts(optimizer: keras.optimizers.Optimizer) -> Iterator[keras.optimizers.Optimizer]:
    """Yield the optimizers whose own rate moves weights."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        yield from parts(optimizer.inner_optimizer)
    elif hasattr(optimizer, "optimizers"):
        for part in optimizer.optimizers:
            yield from parts(part)
    else:
        yield optimizer
