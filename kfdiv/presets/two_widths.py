"""One width of the spread noise for forward KL, another for the divergence that follows it."""

from __future__ import annotations

import abc
import dataclasses

import keras

from kfdiv import noise
from kfdiv.presets.preset import is_forward_kl
from kfdiv.presets.warm_started import WarmStarted


@dataclasses.dataclass(frozen=True, kw_only=True)
class TwoWidths(WarmStarted, abc.ABC):
    """Forward KL for `warmup_epochs` at `forward_width`, then the divergence at `width`.

    Forward KL itself keeps its width to the end.

    Args:
        width: of the spread noise, after the warm-up, of every divergence but forward KL.
        forward_width: of the spread noise during the warm-up, and of forward KL.
    """

    width: float
    forward_width: float

    def spread_noise(self, divergence: str) -> noise.Gaussian:
        """Return the noise, its width a function of the step."""
        if is_forward_kl(divergence):
            return noise.Gaussian(self.forward_width)
        return noise.Gaussian(self.after_warmup(divergence, self.forward_width, self.width))

    def after_warmup(
        self, divergence: str, before: float, after: float
    ) -> float | keras.optimizers.schedules.LearningRateSchedule:
        """Return a schedule that is `before` during the warm-up and `after` from its end on."""
        steps = self.warmup_steps_of(divergence)
        if not steps:
            return after
        # The boundary is the last step of the first value.
        return keras.optimizers.schedules.PiecewiseConstantDecay([steps - 1], [before, after])
