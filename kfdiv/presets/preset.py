"""What a preset is: everything between a name and a trained model."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from kfdiv import divergences, models
from kfdiv.arguments import check_count, check_number
from kfdiv.presets.criterion import Criterion
from kfdiv.presets.optimizers import clip
from kfdiv.presets.printed import Printed
from kfdiv.presets.warmup import Warmup


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preset(abc.ABC):
    """A data set, networks, an objective, optimizers, and how long to train.

    A preset is a frozen dataclass: its fields are its settings, and
    `kfdiv.presets.get(name, field=value)` changes some of them. What follows from them (steps,
    schedules) is computed, so settings cannot contradict one another. Every preset is a direct
    subclass; what several have in common are functions and objects that they call.

    Args:
        epochs: of the whole training.
        batch_size: examples a batch.
        passes_per_epoch: passes over the data in an epoch: above one for small data sets, whose
            epochs would otherwise be shorter than what is done at their ends.
        steps_per_execution: train steps in one compiled call.
        ema: momentum of the average of the weights by which the model is used, as of `compile`, or
            None for no average.
        clip_norm: most that the norm of a role's gradient, of all its weights together, may be, or
            None for no limit; of every role, each by itself.

    Raises:
        ValueError: if a count is not positive, a number not finite, the warm-up longer than the
            training, or the batch larger than the data.
        TypeError: if a setting has another type than its default.
    """

    epochs: int
    batch_size: int
    passes_per_epoch: int = 1
    steps_per_execution: int = 1
    ema: float | None = None
    clip_norm: float | None = None

    # Examples of the training split; a field where one may choose how many.
    num_examples: ClassVar[int]
    # Of the epochs the first ones, which minimise forward KL; a field where there are any, whose
    # default None means the share `warmup_share` of the epochs, but not all of them.
    warmup_epochs: ClassVar[int | None] = 0
    warmup_share: ClassVar[float]
    # The least value of counts that may be zero.
    least: ClassVar[Mapping[str, int]] = {"warmup_epochs": 0}
    # Settings that are read off the data all at once, where none of them is given.
    read_off_data: ClassVar[tuple[str, ...]] = ()
    description: ClassVar[str]
    default_divergence: ClassVar[str] = "rkl"
    value_range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    # What a paper prints of the settings; docs/deviations.md has what differs.
    printed: ClassVar[tuple[Printed, ...]] = ()

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = _checked(field, getattr(self, field.name), self.least.get(field.name, 1))
            object.__setattr__(self, field.name, value)
        if self.ema is not None:
            check_number("ema", self.ema, above=0.0, below=1.0)
        self.complete()
        if self.batch_size > self.num_examples:
            raise ValueError(
                f"A batch of {self.batch_size} is more than the {self.num_examples} examples; "
                "lower batch_size."
            )
        if self.warmup_epochs > self.epochs:
            raise ValueError(
                f"The warm-up of {self.warmup_epochs} epochs does not fit into "
                f"epochs={self.epochs}, which includes it. Raise epochs, or lower warmup_epochs."
            )
        # Raises where the objective is unknown, or a setting is not for it.
        _ = self.criterion

    def complete(self) -> None:
        """Fill in settings that follow from others, or from the data: here `warmup_epochs`.

        Called once, when every setting has its type.
        """
        if self.warmup_epochs is None:
            # A large share of few epochs leaves one to the divergence that was asked for.
            share = min(round(self.epochs * self.warmup_share), self.epochs - 1)
            object.__setattr__(self, "warmup_epochs", share)

    @property
    def steps_per_epoch(self) -> int:
        """Decoder steps an epoch."""
        return self.passes_per_epoch * (self.num_examples // self.batch_size)

    @abc.abstractmethod
    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Open the data; arguments and errors as of `kfdiv.data.load`."""

    def table(self, samples: np.ndarray) -> tuple[list[str], np.ndarray] | None:
        """Return samples as a table like that of the data, or None where the data are none.

        Args:
            samples: of the model, shape `(samples, ...)`.

        Returns:
            The names of the columns, and the values in their units, shape `(samples, columns)`.
        """
        return None

    @abc.abstractmethod
    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """Return the model that `divergence` is to fit, not compiled."""

    @property
    def criterion(self) -> Criterion:
        """What it can minimise: any divergence, unless a subclass knows better."""
        return Criterion(self.default_divergence)

    @property
    def divergence(self) -> str:
        """What it minimises unless told otherwise."""
        return self.criterion.default

    def check_divergence(self, divergence: str) -> str:
        """Return the form of a divergence: the same for every name of one.

        Args:
            divergence: a registered name, or another one that this preset knows.

        Raises:
            ValueError: if it is unknown, or not for this preset.
        """
        return self.criterion.check(divergence)

    def target(self, divergence: str) -> dict[str, Any]:
        """Return what tells `compile` the divergence, by its argument's name."""
        return self.criterion.target(divergence)

    def warmup(self, divergence: str) -> Warmup:
        """Return the steps of forward KL that come before a divergence: none before itself."""
        forward_kl = self.check_divergence(divergence) == repr(divergences.get("kl"))
        return Warmup(0 if forward_kl else self.warmup_epochs * self.steps_per_epoch, forward_kl)

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
        # What Keras's global generator takes.
        seed = check_count("seed", seed, least=0, most=2**32 - 1)
        keras.utils.set_random_seed(seed)
        model = self.build(divergence, seed)
        arguments = self.compile_arguments(divergence)
        arguments |= {**self.target(divergence), "steps_per_execution": self.steps_per_execution}
        model.compile(**arguments, ema=self.ema)
        if self.clip_norm is not None:
            for optimizer in model.optimizer.optimizers:
                clip(optimizer, self.clip_norm)
        return model


def _checked(field: dataclasses.Field, value: Any, least: int) -> Any:
    """Return a setting that has the type of its default; None stands for what follows."""
    if field.default is dataclasses.MISSING:
        return value
    if field.default is None and value is None:
        return None
    if field.default is None and "float" in str(field.type):
        bound = {"above": 0.0} if least else {"least": 0.0}
        return check_number(field.name, value, **bound)
    if field.default is None:
        return check_count(field.name, value, least)
    kind = type(field.default)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise TypeError(f"{field.name} must be of type {kind.__name__}, but got {value!r}.")
    if kind is int:
        return check_count(field.name, value, least)
    if field.name.endswith("learning_rate"):
        return check_number(field.name, value, above=0.0)
    return check_number(field.name, value) if kind is float else value
