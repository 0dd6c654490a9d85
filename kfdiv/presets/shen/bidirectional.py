"""What the experiments of adversarial gradient estimation share: who plays, and by which loss."""

from __future__ import annotations

import abc
import dataclasses
from types import MappingProxyType
from typing import Any, ClassVar

import keras

from kfdiv import losses, models
from kfdiv.models import checks
from kfdiv.presets.preset import Preset

ALL = "all"
# Objectives that take a divergence, with what they minimise unless told otherwise; "age" follows
# the experiment. The others are games, each with a divergence of its own.
ESTIMATORS = MappingProxyType({"age": None, "fgan": "kl", "ratio_gan": "js"})
GAMES = MappingProxyType(
    {
        name: kind.divergence_name
        for name, kind in losses.registry.items()
        if issubclass(kind, losses.gan.GANLoss)
    }
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bidirectional(Preset, abc.ABC):
    """Encoder and decoder against a joint critic.

    Args:
        objective: "age", by any divergence or by "all"; "fgan", by any; "ratio_gan", by those that
            `kfdiv.models.RatioGAN` can; or a game of `kfdiv.models.BiGAN`, with a divergence of its
            own: "minimax", "logd" or "hinge".
        clip: r0 of "age": its scales are those of u clipped to [r0, 1/r0]; 0 clips nothing.
        critic_steps: critic updates for each update of encoder and decoder.
        critic_learning_rate: of the critic's Adam, whose beta_1 is 0, as is everyone's.
        learning_rate: of the encoder's and the decoder's.
        decay: let all rates fall to zero along a cosine; the authors' are constant, over more
            steps.

    Raises:
        ValueError: if the objective is unknown, or has no scales to clip, or they cannot be clipped
            so.
    """

    objective: str = "age"
    clip: float = 0.0
    critic_steps: int
    critic_learning_rate: float = 1e-4
    learning_rate: float = 5e-5
    decay: bool = False

    # Of "age".
    default_divergence: ClassVar[str] = "kl"

    def __post_init__(self) -> None:
        super().__post_init__()
        known = (*ESTIMATORS, *GAMES)
        if self.objective not in known:
            raise ValueError(
                f"objective must be one of {', '.join(known)}, but got {self.objective!r}."
            )
        checks.check_share("clip", self.clip)
        if self.clip and self.objective != "age":
            raise ValueError(
                f"clip={self.clip} is for objective='age' alone; {self.objective!r} has no scales."
            )

    @property
    def divergence(self) -> str:
        """The preset's own divergence, or the one that the game plays for."""
        if self.objective in ESTIMATORS:
            return ESTIMATORS[self.objective] or self.default_divergence
        return GAMES[self.objective]

    def check_divergence(self, divergence: str) -> str:
        """See `Preset.check_divergence`; "all" is for "age", and a game has one of its own."""
        if divergence == ALL:
            if self.objective == "age":
                return ALL
            raise ValueError(
                f"divergence='all' is for objective='age' alone, not for {self.objective!r}: it is "
                "a gradient that lessens several divergences, and no divergence."
            )
        form = super().check_divergence(divergence)
        if self.objective not in ESTIMATORS and form != super().check_divergence(self.divergence):
            raise ValueError(
                f"objective={self.objective!r} plays for {self.divergence!r} and cannot minimise "
                f"{divergence!r}. Leave the divergence out, or choose objective='age'."
            )
        return form

    @abc.abstractmethod
    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return the untrained decoder, critic and encoder by these names."""

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        name = self.objective if self.objective in ESTIMATORS else "bigan"
        return models.registry.get(name)(**self.networks(), seed=seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        steps = self.epochs * self.steps_per_epoch
        roles = {"critic": (self.critic_learning_rate, steps * self.critic_steps)}
        roles |= dict.fromkeys(("encoder", "decoder"), (self.learning_rate, steps))
        arguments = {
            f"{role}_optimizer": keras.optimizers.Adam(self._schedule(*plan), beta_1=0.0)
            for role, plan in roles.items()
        }
        arguments["critic_steps"] = self.critic_steps
        if self.objective == "age":
            arguments["clip"] = self.clip
        return arguments

    def _schedule(self, rate: float, updates: int) -> Any:
        return keras.optimizers.schedules.CosineDecay(rate, updates) if self.decay else rate

    def target(self, divergence: str) -> dict[str, Any]:
        """See `Preset.target`; a game has a name of its own."""
        if self.objective in ESTIMATORS:
            return super().target(divergence)
        return {"game": self.objective}
