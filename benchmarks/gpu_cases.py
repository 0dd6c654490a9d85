"""The train steps of `gpu_steps.py`: which of ours, and which PyTorch twin is beside it.

The standard library alone, for both interpreters.
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A train step.

    Args:
        title: what is trained.
        steps: train steps in a call of ours.
        batch: examples a step.
        twin: the module of the PyTorch twin, whose `game()` has a `step`.
        channels_first: whether the twin's images have their channels before their sides.
    """

    title: str
    steps: int
    batch: int
    twin: str
    channels_first: bool = False


CASES = {
    "age_grid25": Case("AGE on 25 Gaussians", 16, 500, "age_grid25_torch"),
    "age_stacked_mnist": Case("AGE on stacked MNIST", 50, 64, "age_stacked_mnist_torch", True),
    "vae_mnist": Case("VAE on MNIST", 50, 100, "vae_mnist_torch"),
}
