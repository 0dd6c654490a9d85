"""Training that starts by forward KL, which covers the data, and goes on by another divergence."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from kfdiv.presets.preset import Preset, is_forward_kl


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarmStarted(Preset, abc.ABC):
    """Forward KL for `warmup_epochs`, then the divergence.

    Args:
        warmup_epochs: of the epochs, the first ones, which minimise forward KL. None means the same
            share of them as the preset's own.
    """

    warmup_epochs: int | None = None

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
