"""The models of Rosca et al. 2018, Table 1: what is trained, and what the paper found."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from examples.lib.encoder_fits import Fit

# Rows of a training log.
_EPOCHS = 10
# A rehearsal's: small networks, few images.
_MOCK_IMAGES = 64
_MOCK = {"batch_size": 8, "steps_per_execution": 1, "num_examples": _MOCK_IMAGES}
_MOCK_DRAW = {"steps": 1, "latent_size": 1, "units": 1, "stride": 8}
_MOCK_LATENTS = 3


class System(NamedTuple):
    """A row of the table.

    Attributes:
        model: the paper's name of it.
        dataset: the paper's name of it.
        preset: what it is trained by.
        latents: how many; None is the preset's number.
        examples: N, of the training data, which q(z) is of.
        average_kl: of the posteriors from the prior, nats per dimension; None is not in the paper.
        monte_carlo: of the marginal KL, likewise.
        data: a data set in the place of the preset's.
    """

    model: str
    dataset: str
    preset: str
    latents: int | None
    examples: int
    average_kl: float | None = None
    monte_carlo: float | None = None
    data: str | None = None


COLOR = ("VAE", "ColorMNIST", "rosca/color_mnist")
SYSTEMS = {
    "color_mnist-50": System(*COLOR, 50, 60_000, 0.468, 0.244),
    "color_mnist-100": System(*COLOR, 100, 60_000, 0.238, 0.129),
    "tinted_mnist-50": System("VAE", "tinted MNIST", COLOR[2], 50, 60_000, data="color_mnist"),
    "celeba-100": System("VAE", "CelebA", "rosca/celeba", 100, 162_770, 1.1237, 1.0039),
    "celeba-200": System("VAE", "CelebA", "rosca/celeba", 200, 162_770, 0.575, 0.5138),
    "cifar10-50": System("VAE", "CIFAR-10", "rosca/cifar10", 50, 50_000),
    "cifar10-100": System("VAE", "CIFAR-10", "rosca/cifar10", 100, 50_000, 0.447, 0.334),
    "cifar10-200": System("VAE", "CIFAR-10", "rosca/cifar10", 200, 50_000, 0.221, 0.164),
    "draw_cifar10": System("DRAW", "CIFAR-10", "rosca/draw_cifar10", None, 50_000, 0.0872, 0.0870),
}


def fit_of(
    system: str,
    steps: int,
    base_filters: int = 0,
    examples: int = 0,
    seed: int = 0,
    mock: bool = False,
    **settings: Any,
) -> Fit:
    """Return what is trained for a row of the table.

    Args:
        system: a name of `SYSTEMS`.
        steps: of training.
        base_filters: width of the networks; 0 is the paper's.
        examples: N, of the training data; 0 is the paper's.
        seed: of weights, data and draws.
        mock: a rehearsal on invented images, with small networks.
        **settings: further ones of the preset.

    Raises:
        ValueError: if there is a number of examples of a data set that has its own.

    Example:
        >>> fit = fit_of("cifar10-100", steps=300, base_filters=8)
        >>> fit.name, dict(fit.settings)["latent_size"], fit.epochs
        ('cifar10-100', 100, 10)
    """
    row = SYSTEMS[system]
    chosen: dict[str, Any] = {}
    if row.latents is not None:
        chosen["latent_size"] = _MOCK_LATENTS if mock else row.latents
    if row.data is None:
        chosen["num_examples"] = examples or row.examples
    elif examples:
        raise ValueError(f"{system} has {row.examples:,} examples, and cannot have {examples:,}.")
    if base_filters:
        chosen["base_filters"] = base_filters
    if mock:
        chosen |= _MOCK | (_MOCK_DRAW if row.model == "DRAW" else {"base_filters": 1})
        if row.preset == COLOR[2]:
            # scikit-learn's digits need no invention.
            chosen["source"] = "digits"
    chosen |= settings
    invented = _MOCK_IMAGES if mock and row.preset != COLOR[2] else None
    return Fit(
        system,
        row.preset,
        tuple(chosen.items()),
        steps,
        seed,
        math.gcd(_EPOCHS, steps),
        row.data,
        invented,
    )
