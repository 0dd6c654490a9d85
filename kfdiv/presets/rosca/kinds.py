"""The models of Rosca et al. 2018 by name, and which settings are for which of them."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple, Protocol

from kfdiv.arguments import check_choice
from kfdiv.presets.criterion import Criterion, OwnObjective

OBSERVATIONS = ("bernoulli", "quantized_normal", "unit_normal")


class Kind(NamedTuple):
    """What the paper says of one of its models.

    Table 5 has no rates of `marginal_vae`'s critic, nor any of `avb`, which the paper left at
    preliminary experiments: ours.

    Attributes:
        objective: the name of its class.
        rate: the first learning rate of Table 5, of encoder and decoder.
        critic_rate: of the critic of data, or of pairs.
        code_critic_rate: of the critic of codes.
    """

    objective: str
    rate: float
    critic_rate: float = 0.0
    code_critic_rate: float = 0.0


KINDS = {
    "vae": Kind("vae", 1e-3),
    "marginal_vae": Kind("marginal_vae", 1e-3, code_critic_rate=5e-4),
    "dcgan": Kind("bigan", 1e-4, 1e-4),
    "wasserstein_gan": Kind("wasserstein_gan", 1e-4, 1e-4),
    "aae": Kind("aae", 1e-3, code_critic_rate=5e-4),
    "aae_plus_plus": Kind("aae_plus_plus", 1e-4, 5e-4, 5e-4),
    "aae_gan": Kind("aae_gan", 1e-4, 5e-4, 5e-4),
    "veegan": Kind("veegan", 1e-3, 5e-5),
    "avb": Kind("avb", 5e-4, 1e-3),
}
# Whose decoder is a likelihood's; whose critic is of pairs; which have no encoder.
LIKELIHOOD = ("vae", "marginal_vae", "avb")
OF_PAIRS = ("veegan", "avb")
GENERATOR_ALONE = ("dcgan", "wasserstein_gan")
WEIGHTED = ("aae_plus_plus", "aae_gan")
# Settings that some models alone make use of.
_OF = {
    "observation": LIKELIHOOD,
    "head_units": OF_PAIRS,
    "adaptive_contrast": ("avb",),
    "moment_draws": ("avb",),
    "split_batch": ("wasserstein_gan",),
    "reconstruction_weight": WEIGHTED,
    "marginal_weight": ("marginal_vae",),
    "critic_learning_rate": tuple(name for name, kind in KINDS.items() if kind.critic_rate),
    "code_critic_learning_rate": tuple(
        name for name, kind in KINDS.items() if kind.code_critic_rate
    ),
}


class Named(Protocol):
    """A preset, of which this file looks at these settings and at those of `_OF`."""

    model_name: str
    observation: str


def criterion(settings: Named) -> Criterion:
    """Return what a preset's model minimises: each but the VAE has an objective of its own.

    Args:
        settings: a preset.

    Raises:
        ValueError: if the model or the observation is unknown, or a setting is not for the model.
    """
    name = settings.model_name
    check_choice("model_name", name, KINDS)
    check_choice("observation", settings.observation, OBSERVATIONS)
    for field in dataclasses.fields(settings):
        known = _OF.get(field.name, (name,))
        if name not in known and getattr(settings, field.name) != field.default:
            raise ValueError(
                f"{field.name} is of model_name {' or '.join(known)} alone: {name!r} makes no use "
                "of it. Leave it out."
            )
    return Criterion("kl") if name == "vae" else OwnObjective(name)
