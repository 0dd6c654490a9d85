"""What all experiments of adversarial gradient estimation share."""

from __future__ import annotations

from typing import Any, Protocol

import keras

from kfdiv.presets.shen.objectives import Objective


class Settings(Protocol):
    """The settings that every experiment has, beside those of its networks.

    Attributes:
        epochs: of the whole training.
        steps_per_epoch: decoder steps an epoch.
        criterion: made of the settings `objective` and `clip`; see `objectives.Objective`.
        critic_steps: critic updates for each update of encoder and decoder.
        critic_learning_rate: of the critic's Adam, whose beta_1 is 0, as is everyone's.
        learning_rate: of the encoder's and the decoder's.
        decay: let all rates fall to zero along a cosine; the authors' are constant, over more
            steps.
    """

    epochs: int
    steps_per_epoch: int
    criterion: Objective
    critic_steps: int
    critic_learning_rate: float
    learning_rate: float
    decay: bool


def compile_arguments(settings: Settings) -> dict[str, Any]:
    """Return what `compile` takes besides the divergence: optimizers, steps, and a clip range.

    Args:
        settings: a preset.
    """
    steps = settings.epochs * settings.steps_per_epoch
    rates = dict.fromkeys(("encoder", "decoder"), settings.learning_rate)
    arguments: dict[str, Any] = {}
    for role, rate in {"critic": settings.critic_learning_rate, **rates}.items():
        if settings.decay:
            rate = keras.optimizers.schedules.CosineDecay(rate, steps)
        arguments[f"{role}_optimizer"] = keras.optimizers.Adam(rate, beta_1=0.0)
    arguments["critic_steps"] = settings.critic_steps
    return {**arguments, **settings.criterion.compile_arguments()}
