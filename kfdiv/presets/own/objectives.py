"""The objectives that data of one's own can be fitted by."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

import keras

from kfdiv import distributions, models, noise
from kfdiv.arguments import check_choice
from kfdiv.presets.criterion import Criterion
from kfdiv.presets.shen import adversarial, objectives
from kfdiv.presets.shen.objectives import ALL, Objective
from kfdiv.presets.unused import refuse_unused

LIKELIHOODS = {"vae": "kl", "variational_f_divergence": "rkl"}
"""Objectives of encoder and decoder alone, and what they minimise unless told otherwise."""

# Settings that objectives with a critic alone make use of.
_OF_CRITICS = ("clip", "critic_steps", "critic_learning_rate", "critic_units")
_RATES = {"likelihood": 1e-3, "critic": 1e-4}


class Settings(Protocol):
    """The settings that say how data are fitted.

    Attributes:
        objective: "vae", "variational_f_divergence", or one with a critic, of
            `kfdiv.presets.shen.objectives`.
        clip: of "age"; see there.
        critic_steps: critic updates for each update of encoder and decoder.
        critic_learning_rate: of the critic's Adam.
        critic_units: of its layers.
        learning_rate: of encoder and decoder; None is 1e-4 with a critic and 1e-3 without.
        decay: let all rates fall to zero along a cosine.
        width: without a critic: of the spread noise, or of the VAE's pixels, in units of the data.
    """

    epochs: int
    steps_per_epoch: int
    objective: str
    clip: float
    critic_steps: int
    critic_learning_rate: float
    critic_units: int
    learning_rate: float | None
    decay: bool
    width: float


def names() -> tuple[str, ...]:
    """Return all names.

    Example:
        >>> names()[:4]
        ('vae', 'variational_f_divergence', 'age', 'fgan')
    """
    return (*LIKELIHOODS, *objectives.names())


def criterion(settings: Settings) -> Criterion:
    """Return what can be minimised.

    Raises:
        ValueError: if the objective is unknown, or a setting is not for it.
    """
    check_choice("objective", settings.objective, names())
    if has_critic(settings):
        return objectives.get(settings.objective, ALL, settings.clip)
    return Criterion(LIKELIHOODS[settings.objective])


def has_critic(settings: Settings) -> bool:
    """Say whether the objective has a critic."""
    return settings.objective not in LIKELIHOODS


def check_settings(settings: Any, of_critics: tuple[str, ...] = ()) -> None:
    """Refuse settings of which the objective makes no use.

    Args:
        settings: a preset.
        of_critics: further settings that objectives with a critic alone make use of.
    """
    check_choice("objective", settings.objective, names())
    critic = has_critic(settings)
    unused = ("width",) if critic else (*_OF_CRITICS, *of_critics)
    has = "a" if critic else "no"
    refuse_unused(settings, unused, f"objective={settings.objective!r} has {has} critic")


def likelihood_model(
    settings: Settings, encoder: keras.Model, decoder: Any, seed: int
) -> models.GenerativeModel:
    """Return a model without a critic.

    Args:
        settings: a preset.
        encoder: a network of twice as many outputs as there are latents.
        decoder: of the VAE p(x|z); else a network or a distribution, to which noise is added.
        seed: of its draws.
    """
    if settings.objective == "vae":
        return models.VAE(encoder, decoder, seed=seed)
    return models.VariationalFDivergence(
        encoder, decoder, noise=noise.Gaussian(settings.width), seed=seed
    )


def critic_model(
    criterion: Objective, generator: Any, critic: keras.Model, encoder: keras.Model, seed: int
) -> models.GenerativeModel:
    """Return a model with a critic of pairs, whose encoder is a diagonal Gaussian."""
    return criterion.model(
        decoder=generator, critic=critic, encoder=distributions.Normal(encoder), seed=seed
    )


def compile_arguments(settings: Settings) -> dict[str, Any]:
    """Return what `compile` takes besides the divergence."""
    critic = has_critic(settings)
    if settings.learning_rate is None:
        rate = _RATES["critic" if critic else "likelihood"]
        settings = dataclasses.replace(settings, learning_rate=rate)
    if critic:
        return adversarial.compile_arguments(settings)
    steps = settings.epochs * settings.steps_per_epoch

    def adam() -> keras.optimizers.Optimizer:
        rate = settings.learning_rate
        schedule = keras.optimizers.schedules.CosineDecay
        return keras.optimizers.Adam(schedule(rate, steps) if settings.decay else rate)

    if settings.objective == "vae":
        return {"optimizer": adam()}
    return {"encoder_optimizer": adam(), "decoder_optimizer": adam()}
