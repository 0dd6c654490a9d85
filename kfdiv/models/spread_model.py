"""Spread space: data with noise on them, and the density that they have there."""

from __future__ import annotations

import abc
import weakref
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kfdiv import data as data_lib
from kfdiv import distributions, divergences
from kfdiv import noise as noise_lib
from kfdiv.data import inputs
from kfdiv.models import checks, execution, remedies
from kfdiv.models.generative_model import GenerativeModel
from kfdiv.models.roles import OptimizerOf, Option


class SpreadModel(GenerativeModel, abc.ABC):
    """Compares data and model after noise, y = x + noise, and knows the noised data's density.

    p^(y) is built by the first `fit` that evaluates it, or by `adapt`, and is not saved with the
    model. A subclass has a role `noise`, and among its options the divergence.

    Source: Zhang et al. 2019, section 2 (spread divergences).

    Args:
        decoder: as of `GenerativeModel`.
        encoder: as of `GenerativeModel`.
        noise: spread noise p(y|x): of `kfdiv.noise`, a number (the width of a Gaussian), or None.
        prior: p(z); standard normal by default.
        data_density: p^(y), as of `kfdiv.distributions.get_data_density`.
        seed: seeds every draw.
        name: the model's name.
        condition: as of `GenerativeModel`.

    Raises:
        ValueError: if the density is not that of data with this noise, or of this condition.
    """

    noise_optimizer = OptimizerOf("noise")
    divergence = Option()

    def __init__(
        self,
        decoder: keras.layers.Layer,
        encoder: keras.layers.Layer | None = None,
        noise: Any = None,
        prior: keras.layers.Layer | None = None,
        data_density: Any = "exact",
        seed: int = 0,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, encoder, prior=prior, seed=seed, name=name, **kwargs)
        self.noise = noise_lib.get(noise)
        self.data_density = distributions.get_data_density(data_density)
        self.data_density.check_noise(self.noise)
        if self.data_density.adapted:
            self._check_density_given_condition("data_density")
        # The data whose density `fit` built: x, labels and weights; empty where it did not.
        self._adapted_to: list[weakref.ref | None] = []

    def width(self) -> tf.Tensor | None:
        """Return the width of the spread noise at this step, or None without noise."""
        return None if self.noise is None else self.noise.width(self.step.value)

    def xla_compatible(self) -> bool:
        """Say whether the data density compiles under XLA; a search outside the graph does not."""
        return self.data_density.xla_compatible

    def xla_pays(self) -> bool:
        """Say whether XLA is the faster way to run a train step, the data density's included."""
        return execution.pays_to_compile(self, self.data_density.numbers_read)

    def adapt(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        """Build p^(y) from one pass over the data.

        `fit` does so by itself where the divergence evaluates it. A model that was loaded has to be
        told before it is evaluated: data are not saved with it.

        Args:
            x: data, as of `fit`: finite, or a bounded part: `dataset.take(100)`.
            y: labels beside an array.
            sample_weight: weights beside an array.

        Raises:
            ValueError: if the data do not fit the model, or have no end, or the model is
                conditional on vectors.
        """
        self._check_density_given_condition("adapt")
        self._adapted_to = []
        dataset = inputs.as_dataset(
            x,
            y,
            sample_weight,
            drop_remainder=False,
            event_shape=self.event_shape,
            value_range=self.known_pixel_range(),
        )
        if inputs.is_endless(dataset):
            raise ValueError(
                "The density of the noised data is that of a finite data set, but the data have no "
                "end. Say which examples make it: model.adapt(dataset.take(100)), before fit."
            )
        self.check_data(dataset)
        # Of a data set of ours, all examples: the batches of an epoch may leave some out.
        stream = data_lib.stream_of(dataset)
        given = {} if self.condition is None else {"condition": self.condition}
        examples = dataset if stream is None else stream.examples()
        # Its devices may share the data out.
        with self.distribute_strategy.scope():
            self.data_density.adapt(examples, self.noise, **given)
        self.choose_compiler()
        # Traced functions hold the data that they were adapted to.
        self._version += 1
        self.test_function = None

    def prepare(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Build p^(y) if it is evaluated, and is not there yet or is of an earlier `fit`'s data."""
        source = source if isinstance(source, tuple) else (source,)
        other = bool(self._adapted_to) and not _refers(self._adapted_to, source)
        if self.needs_density(self.divergence) and (other or not self.data_density.adapted):
            if int(dataset.cardinality()) == tf.data.UNKNOWN_CARDINALITY:
                raise ValueError(
                    "The density of the noised data is that of a finite data set, and these data "
                    "may have no end. Say which examples make it: model.adapt(dataset.take(100)), "
                    "before fit."
                )
            self.adapt(dataset)
            self._adapted_to = [_weakly(part, dataset) for part in source]

    def needs_density(self, divergence: divergences.Divergence) -> bool:
        """Say whether the gradient of some role depends on log p^(y).

        That of a learned noise always does: its width moves the data density, too.
        """
        return divergence.requires_data_density or self.noise_optimizer is not None

    def check_density_possible(self, divergence: divergences.Divergence) -> None:
        """Raise if a divergence that evaluates the data density would find none."""
        if not (self.noise or self.data_density.adapted):
            raise ValueError(
                f"{type(divergence).__name__} evaluates the density of the data, and data "
                "points without noise have none. Pass noise=kfdiv.noise.Gaussian(0.5), or a "
                "density that is known: data_density=..."
            )
        self._check_density_given_condition(type(divergence).__name__)

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise if the divergence evaluates the data density, and there can be none."""
        if divergence.requires_data_density:
            self.check_density_possible(divergence)

    def check_adapted(self, divergence: divergences.Divergence | None) -> None:
        """Raise if the divergence evaluates the data density, and it has not met its data.

        Of it that of the data met by `fit` or `adapt` is taken, whatever data are evaluated on;
        reverse KL looks at nothing else of the data.
        """
        divergence = self.divergence if divergence is None else divergence
        if divergence.requires_data_density:
            checks.check_adapted(self.data_density, divergence)

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite."""
        noise = "widen the spread noise" if self.noise else "add spread noise, noise=0.5"
        return [*super().remedies(), noise, *remedies.of_divergence(self.divergence)]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "noise": serialize(self.noise),
            "data_density": serialize(self.data_density),
        }

    def _check_density_given_condition(self, who: str) -> None:
        if self.condition is None or self.data_density.is_known_given(self.condition):
            return
        raise ValueError(
            f"{who} needs the density of the noised data, which {type(self.data_density).__name__} "
            f"does not give for {self.condition.describe()}. Use forward KL, whose gradient does "
            "without; labels with data_density='exact'; or an objective with a critic: "
            "kfdiv.models.AGE or FGAN."
        )


def _refers(references: Sequence[weakref.ref | None], source: Sequence[Any]) -> bool:
    """Say whether references are to these very parts."""
    found = [None if one is None else one() for one in references]
    return len(found) == len(source) and all(a is b for a, b in zip(found, source, strict=True))


def _weakly(source: Any, dataset: tf.data.Dataset) -> weakref.ref | None:
    """Refer to `source`, or if it cannot be referred to, as lists cannot, to what it was made."""
    if source is None:
        return None
    try:
        return weakref.ref(source)
    except TypeError:
        return weakref.ref(dataset)
