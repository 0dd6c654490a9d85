"""Training that starts by forward KL, which covers the data, and goes on by another divergence."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import keras

from kfdiv import noise
from kfdiv.presets.preset import Preset, is_forward_kl


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarmStarted(Preset, abc.ABC):
    """Forward KL for `warmup_epochs` at `forward_width`, then the divergence at `width`.

    Forward KL itself keeps its width to the end.

    Args:
        warmup_epochs: of the epochs, the first ones, which minimise forward KL. None means the same
            share of them as the preset's own.
        width: of the spread noise, after the warm-up, of every divergence but forward KL.
        forward_width: of the spread noise during the warm-up, and of forward KL.
    """

    warmup_epochs: int | None = None
    width: float
    forward_width: float

    warmup_share: ClassVar[float]
    least: ClassVar[Mapping[str, int]] = {"warmup_epochs": 0}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup_epochs is None:
            object.__setattr__(self, "warmup_epochs", round(self.epochs * self.warmup_share))
        if self.warmup_epochs > self.epochs:
            raise ValueError(
                f"The warm-up of {self.warmup_epochs} epochs does not fit into "
                f"epochs={self.epochs}, which includes it. Raise epochs, or lower warmup_epochs."
            )

    def warmup_steps_of(self, divergence: str) -> int:
        """Return the warm-up's decoder steps: none for forward KL, which needs none."""
        return 0 if is_forward_kl(divergence) else self.warmup_epochs * self.steps_per_epoch

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
