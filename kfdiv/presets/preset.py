"""What a preset is: everything between a name and a trained model."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences, models


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preset(abc.ABC):
    """A data set, networks, an objective, optimizers, and how long to train.

    A preset is a frozen dataclass: its fields are its settings, and
    `kfdiv.presets.get(name, field=value)` changes some of them. What follows from them (steps,
    schedules) is computed, so settings cannot contradict one another.

    Args:
        epochs: of the whole training.
        batch_size: examples a batch.
        passes_per_epoch: passes over the data in an epoch: above one for small data sets, whose
            epochs would otherwise be shorter than what is done at their ends.
        steps_per_execution: train steps in one compiled call.

    Raises:
        ValueError: if a count is not positive.
        TypeError: if a setting has another type than its default.
    """

    epochs: int
    batch_size: int
    passes_per_epoch: int = 1
    steps_per_execution: int = 1

    # Examples of the training split; a field where one may choose how many.
    num_examples: ClassVar[int]
    # The least value of counts that may be zero.
    least: ClassVar[Mapping[str, int]] = {}
    description: ClassVar[str]
    # What it minimises unless told otherwise; a property where that follows from a field.
    divergence: ClassVar[str] = "rkl"
    value_range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, default = getattr(self, field.name), field.default
            if type(value) is int and type(default) is float:
                value = float(value)
                object.__setattr__(self, field.name, value)
            if type(value) is not type(default) and default is not None:
                kind = type(default).__name__
                raise TypeError(f"{field.name} must be of type {kind}, but got {value!r}.")
            least = self.least.get(field.name, 1)
            if type(value) is int and value < least:
                raise ValueError(f"{field.name} must be at least {least}, but got {value}.")
        if self.batch_size > self.num_examples:
            raise ValueError(
                f"A batch of {self.batch_size} is more than the {self.num_examples} examples; "
                "lower batch_size."
            )

    @property
    def steps_per_epoch(self) -> int:
        """Decoder steps an epoch."""
        return self.passes_per_epoch * (self.num_examples // self.batch_size)

    @abc.abstractmethod
    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Open the data; arguments and errors as of `kfdiv.data.load`."""

    @abc.abstractmethod
    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """Return the model that `divergence` is to fit, not compiled."""

    def check_divergence(self, divergence: str) -> str:
        """Return the form of a divergence: the same for every name of one.

        Args:
            divergence: a registered name, or another one that this preset knows.

        Raises:
            ValueError: if it is unknown, or not for this preset.
        """
        return repr(divergences.get(divergence))

    def target(self, divergence: str) -> dict[str, Any]:
        """Return what tells `compile` the divergence, by its argument's name."""
        return {"divergence": divergence}

    @abc.abstractmethod
    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """Return what `compile` takes besides the divergence and `steps_per_execution`."""

    def model(self, divergence: str | None = None, seed: int = 0) -> models.GenerativeModel:
        """Build and compile the model.

        It seeds Keras's global generator, from which the initial weights come.

        Args:
            divergence: a name, as of `check_divergence`; the preset's own by default.
            seed: of the initial weights and of every draw.

        Returns:
            A model for `fit(preset.dataset(), epochs=preset.epochs,
            steps_per_epoch=preset.steps_per_epoch)`.

        Raises:
            ValueError: if the divergence is unknown, or its objective cannot minimise it.
        """
        divergence = self.divergence if divergence is None else divergence
        self.check_divergence(divergence)
        keras.utils.set_random_seed(seed)
        model = self.build(divergence, seed)
        arguments = self.compile_arguments(divergence)
        arguments |= {**self.target(divergence), "steps_per_execution": self.steps_per_execution}
        model.compile(**arguments)
        return model


def is_forward_kl(divergence: str) -> bool:
    """Say whether a divergence is the one of the warm-up.

    Example:
        >>> is_forward_kl("kl"), is_forward_kl("rkl")
        (True, False)
    """
    return isinstance(divergences.get(divergence), divergences.KL)
