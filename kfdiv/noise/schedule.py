"""Annealing of the spread width: wide first, so that the model feels distant modes."""

from __future__ import annotations

import keras
import tensorflow as tf

from kfdiv.arguments import check_count, check_number


@keras.saving.register_keras_serializable(package="kfdiv")
class Annealed(keras.optimizers.schedules.LearningRateSchedule):
    """Geometric interpolation, `initial * (final / initial) ** min(step / steps, 1)`.

    With `Annealed(1.0, 0.1, steps)` this is the schedule of Zhang et al. 2019, section 3.1,
    `sigma = 1.0 * 0.1 ** (step / steps)`; after `steps` it stays at `final`. It is a Keras
    learning-rate schedule, so it serves wherever one is asked for.

    Args:
        initial: positive width at step 0, in the units of the data.
        final: positive width from step `steps` on.
        steps: positive number of training steps between the two.

    Raises:
        ValueError: if a width or the number of steps is not positive and finite.
        TypeError: if one is no number.

    Example:
        >>> from kfdiv.noise import Annealed
        >>> schedule = Annealed(1.0, 0.1, steps=100)
        >>> [round(float(schedule(step)), 3) for step in (0, 50, 100, 200)]
        [1.0, 0.316, 0.1, 0.1]
    """

    def __init__(self, initial: float, final: float, steps: int) -> None:
        width = "a finite width > 0: one of zero is no density, a small positive one is"
        self.initial = check_number("initial", initial, above=0, expected=width)
        self.final = check_number("final", final, above=0, expected=width)
        self.steps = check_count("steps", steps)

    def __call__(self, step: int | tf.Tensor) -> tf.Tensor:
        """Width at `step` (integer scalar), a float32 scalar."""
        progress = tf.minimum(tf.cast(step, "float32") / self.steps, 1.0)
        return self.initial * (self.final / self.initial) ** progress

    def get_config(self) -> dict[str, float | int]:
        """Return the constructor's arguments."""
        return {"initial": self.initial, "final": self.final, "steps": self.steps}
