"""What the paper's two image experiments share: optimizers, and the estimator of p^(y)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import keras

from kfdiv.optimizers import CompositeOptimizer
from kfdiv.presets.printed import Printed
from kfdiv.presets.warmup import Warmup

PRINTED = (
    Printed(
        "equation_35",
        "printed",
        "as printed, a temperature of 10 flattens p(n given y); the text means its inverse: both "
        "were measured on MNIST (benchmarks/mnist_neighbors.py)",
    ),
    Printed(
        "data of the encoder's steps",
        None,
        "whether they see new data is not said",
        here="one batch for all 20, each time with new draws",
    ),
)


class Settings(Protocol):
    """The settings that both experiments have, beside those of their networks.

    Attributes:
        encoder_steps: encoder steps for each decoder step.
        learning_rate: Adam's, of the encoder, and of the decoder where forward KL is minimised.
        decoder_learning_rate: of the decoder's second optimizer, after the warm-up.
        components: of the PCA in which p(n|y) is computed.
        neighbors: T, data points sampled for each gradient of log p^(y).
        temperature: of the softmax that they are sampled from, in eq. 35.
        equation_35: how it is taken; see `kfdiv.distributions.empirical.pca.PCA`.
    """

    encoder_steps: int
    learning_rate: float
    decoder_learning_rate: float
    components: int
    neighbors: int
    temperature: float
    equation_35: str


def data_density(settings: Settings) -> dict[str, Any]:
    """Return the paper's estimator of p^(y), as models take it."""
    return {
        "mode": "pca",
        "components": settings.components,
        "neighbors": settings.neighbors,
        "temperature": settings.temperature,
        "equation_35": settings.equation_35,
    }


def compile_arguments(
    settings: Settings,
    warmup: Warmup,
    after_warmup: Callable[[Any], keras.optimizers.Optimizer],
) -> dict[str, Any]:
    """Return what `compile` takes besides the divergence.

    Args:
        settings: a preset.
        warmup: how long forward KL is minimised.
        after_warmup: makes the decoder's second optimizer from its learning rate.
    """
    return {
        "encoder_optimizer": keras.optimizers.Adam(settings.learning_rate),
        "decoder_optimizer": _decoder_optimizer(settings, warmup, after_warmup),
        "encoder_steps": settings.encoder_steps,
        "warmup_steps": warmup.steps,
    }


def _decoder_optimizer(
    settings: Settings,
    warmup: Warmup,
    after_warmup: Callable[[Any], keras.optimizers.Optimizer],
) -> keras.optimizers.Optimizer:
    """Return Adam under forward KL, and what comes after it: either alone, or both in turn."""
    first = warmup.switch(settings.learning_rate, 0.0)
    second = warmup.switch(0.0, settings.decoder_learning_rate)
    if warmup.forward_kl:
        return keras.optimizers.Adam(first)
    if not warmup.steps:
        return after_warmup(second)
    return CompositeOptimizer([keras.optimizers.Adam(first), after_warmup(second)])
