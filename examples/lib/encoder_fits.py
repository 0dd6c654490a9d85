"""Models with an encoder, each trained from a preset for some steps, or loaded from its backup."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from typing import Any

import keras
import tensorflow as tf

import kfdiv
from examples.lib import rehearsal, resumable
from kfdiv.presets import Preset


@dataclasses.dataclass(frozen=True)
class Fit:
    """A preset with some of its settings changed, and how long it is trained.

    Args:
        name: of its folder, and of its row in tables.
        preset: a registered name.
        settings: of the preset, names and values.
        steps: of training.
        seed: of weights, data and draws.
        epochs: rows of the log; a divisor of `steps`.
        data: a data set in the place of the preset's, by name.
        invented: for a rehearsal: how many random images stand for a data set that is not there.

    Example:
        >>> fit = Fit("tiny", "rosca/color_mnist", (("latent_size", 5), ("base_filters", 1)), 10)
        >>> fit.load_preset().latent_size
        5
    """

    name: str
    preset: str
    settings: tuple[tuple[str, Any], ...]
    steps: int
    seed: int = 0
    epochs: int = 1
    data: str | None = None
    invented: int | None = None

    def load_preset(self) -> Preset:
        """Return the preset."""
        preset = kfdiv.presets.get(self.preset, **dict(self.settings))
        steps = math.gcd(preset.steps_per_execution, self.steps // self.epochs)
        return dataclasses.replace(preset, steps_per_execution=steps)

    def dataset(self) -> tf.data.Dataset:
        """Open the training data, or invent some."""
        preset = self.load_preset()
        with rehearsal.invented_images(self.invented):
            if self.data is None:
                return preset.dataset("train", seed=self.seed)
            return kfdiv.data.load(self.data, batch_size=preset.batch_size, seed=self.seed)


def train(fit: Fit, workdir: str) -> tuple[kfdiv.models.GenerativeModel, float]:
    """Train, or go on where an earlier process stopped, or load what it had finished.

    Args:
        fit: what to train.
        workdir: a folder, in which each fit has one of its own.

    Returns:
        The model, and the seconds that training took.

    Raises:
        ValueError: if the folder holds another fit.
    """
    folder = pathlib.Path(workdir, fit.name)
    resumable.claim(folder / "settings.json", dataclasses.asdict(fit))
    # The models of earlier fits in this process are let go.
    keras.utils.clear_session()
    model = fit.load_preset().model(seed=fit.seed)
    log = kfdiv.callbacks.EpochLog(folder / "log.csv")
    resumable.fit(
        model, fit.dataset(), log, epochs=fit.epochs, steps_per_epoch=fit.steps // fit.epochs
    )
    return model, log.seconds
