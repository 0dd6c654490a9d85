"""Training that starts by forward KL, which covers the data, and goes on by another divergence."""

from __future__ import annotations

import dataclasses

import keras

from kfdiv import noise


@dataclasses.dataclass(frozen=True)
class Warmup:
    """Forward KL for the first `steps` decoder steps, then another divergence.

    Args:
        steps: how many; 0 where the divergence is minimised from the start.
        forward_kl: whether that divergence is forward KL itself, so that nothing ever changes.

    Example:
        >>> rate = Warmup(steps=100).switch(1e-4, 0.0)
        >>> [float(rate(step)) for step in (0, 99, 100)]
        [0.0001, 0.0001, 0.0]
    """

    steps: int
    forward_kl: bool = False

    def switch(
        self, before: float, after: float
    ) -> float | keras.optimizers.schedules.LearningRateSchedule:
        """Return `before` for steps that minimise forward KL, and `after` for all later ones."""
        if self.forward_kl:
            return before
        if not self.steps:
            return after
        # The boundary is the last step of the first value.
        return keras.optimizers.schedules.PiecewiseConstantDecay([self.steps - 1], [before, after])

    def noise(self, forward_width: float, width: float) -> noise.Gaussian:
        """Return spread noise of `forward_width` under forward KL and of `width` after it."""
        return noise.Gaussian(self.switch(forward_width, width))
