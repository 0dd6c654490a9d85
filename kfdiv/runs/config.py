"""What a run is of: the answer to "is this the same run?"."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from kfdiv import presets


@dataclasses.dataclass(frozen=True)
class Config:
    """A preset with its settings, a divergence and a seed; and the epoch to reach.

    The epoch to reach may grow. The settings hold the epochs that the run was laid out for, from
    which its schedules follow.

    Args:
        preset: a registered name, or `module:Class`.
        divergence: a name, or "all" where the preset has it.
        seed: of weights, data order and noise.
        settings: every field of the preset.
        epochs: the epoch to reach.

    Raises:
        ValueError: if a name is unknown, or a value not possible.
        TypeError: if the preset has no such setting, or it has another type.

    Example:
        >>> Config.make("digits", "rkl", epochs=3, warmup_epochs=1).settings["batch_size"]
        100
    """

    preset: str
    divergence: str
    seed: int
    settings: dict[str, Any]
    epochs: int

    @classmethod
    def make(
        cls, preset: str, divergence: str | None = None, seed: int = 0, **settings: Any
    ) -> Config:
        """Return the configuration of a new run: what is not given is the preset's."""
        made = presets.get(preset, **settings)
        divergence = divergence or made.divergence
        made.check_divergence(divergence)
        return cls(preset, divergence, seed, dataclasses.asdict(made), made.epochs)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Config:
        """Return the configuration that `dataclasses.asdict` made `record` of."""
        return cls(**{field.name: record[field.name] for field in dataclasses.fields(cls)})

    def build(self) -> presets.Preset:
        """Return the preset with its settings."""
        return presets.get(self.preset, **self.settings)

    @property
    def title(self) -> str:
        """What is trained by what.

        Example:
            >>> Config.make("digits", "rkl").title, Config.make("shen/grid25").title
            ('digits by rkl', 'shen/grid25 by kl (objective age)')
            >>> Config.make("tabular").title
            'tabular of ring by rkl (objective variational_f_divergence)'
        """
        objective = self.settings.get("objective")
        by = f" (objective {objective})" if objective else ""
        # Of data of one's own the last part of the path: which they are, and not where.
        name, colon, path = str(self.settings.get("data", "")).partition(":")
        of = f" of {name}{colon}{os.path.basename(path)}" if name else ""
        return f"{self.preset}{of} by {self.divergence}{by}"

    def difference(self, other: Config) -> str | None:
        """Say in which points `other` is another run than this one, or None.

        Example:
            >>> run = Config.make("digits", "rkl", seed=0)
            >>> run.difference(Config.make("digits", "reverse_kl", seed=1))
            'seed is 0 there, 1 here'
        """
        mine, others = self._identity(), other._identity()
        if self.preset != other.preset:
            # All that follows from it differs, too.
            mine, others = {"preset": self.preset}, {"preset": other.preset}
        names = [name for name in {**mine, **others} if mine.get(name) != others.get(name)]
        parts = [
            f"{name} is {mine.get(name, 'not a setting')} there, "
            f"{others.get(name, 'not a setting')} here"
            for name in names
        ]
        return "; ".join(parts) or None

    def _identity(self) -> dict[str, Any]:
        # By its form, so that an alias is the same divergence.
        preset = self.build()
        divergence = preset.check_divergence(self.divergence)
        # As the preset has them: of a path there are several ways to write it.
        return {
            "preset": self.preset,
            "divergence": divergence,
            "seed": self.seed,
            **dataclasses.asdict(preset),
        }
