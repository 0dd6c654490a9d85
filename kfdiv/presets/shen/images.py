"""What the three experiments on images share: their distributions, and what `compile` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import keras

from kfdiv import distributions
from kfdiv.presets.printed import Printed
from kfdiv.presets.shen import adversarial
from kfdiv.presets.shen.objectives import ALL

CLIP_OF_ONE = 0.5
CLIP = Printed(
    "clip",
    "0.5 in table 7",
    "None is that for a divergence alone, and nothing for all of them at once, which have nothing "
    "to clip; 0 clips nothing, as the AGE of figure 6's left end",
)


ADAM = Printed("beta_1 and beta_2 of Adam", "0 and 0.999", here="0 and 0.999")


def compile_arguments(settings: Any, divergence: str) -> dict[str, Any]:
    """Return what `compile` takes besides the divergence; `clip` is the paper's if it is None.

    Args:
        settings: a preset.
        divergence: what is minimised.
    """
    arguments = adversarial.compile_arguments(settings)
    if not settings.bidirectional:
        del arguments["encoder_optimizer"]
    if settings.objective == "age" and settings.clip is None and divergence != ALL:
        arguments["clip"] = CLIP_OF_ONE
    return arguments


class Settings(Protocol):
    """The settings that these experiments have, beside `kfdiv.presets.shen.adversarial.Settings`.

    Attributes:
        clip: r0 of "age"; None is the paper's .5 (appendix D, table 7) for a divergence alone.
        stochastic: the generator takes noise in every layer, and the encoder is a diagonal
            Gaussian; else both are deterministic, and "all" is the paper's AGE-ALL(d).
        bidirectional: there is an encoder, and the critic judges pairs (x, z); else it judges x,
            and "all" is the AGE-UGM of table 6 (appendix B).
        latent_size: how many latents.
        base_filters: scales generator and critic, and the encoder where it is no ResNet.
        critic_units: of the critic's dense layers.
    """

    clip: float | None
    stochastic: bool
    bidirectional: bool
    latent_size: int
    base_filters: int
    critic_units: int


def networks_of(
    settings: Settings,
    generator: Callable[..., keras.Model],
    critic: Callable[..., keras.Model],
    encoder: Callable[[int], keras.Model],
) -> dict[str, keras.layers.Layer]:
    """Return the untrained decoder, critic and, if there is one, encoder by these names.

    Args:
        settings: a preset.
        generator: makes it of `latent_size`, `base_filters` and `noise`, whether it takes any.
        critic: makes it of `latent_size`, None for a critic of x alone, and `base_filters`.
        encoder: makes it of the number of its outputs.
    """
    size = {"latent_size": settings.latent_size, "base_filters": settings.base_filters}
    generate, infer, outputs = (
        (distributions.Implicit, distributions.Normal, 2 * settings.latent_size)
        if settings.stochastic
        else (distributions.Deterministic, distributions.Deterministic, settings.latent_size)
    )
    decoder = generate(generator(**size, noise=settings.stochastic))
    if not settings.bidirectional:
        return {"decoder": decoder, "critic": critic(**{**size, "latent_size": None})}
    return {"decoder": decoder, "critic": critic(**size), "encoder": infer(encoder(outputs))}
