"""What is trained on draws of the aggregate posterior, each of them seen once."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv import data as data_lib
from kfdiv.evaluation.marginal.posteriors import Posteriors
from kfdiv.evaluation.network_training import NetworkTraining
from kfdiv.models import execution
from kfdiv.models.batch import Batch

# Draws of a training step.
_BATCH_SIZE = 256
# Draws that are evaluated at once.
_PART = 1_000


@dataclasses.dataclass(frozen=True)
class _Source:
    """What draws come from; in a dataclass, as Keras would track its encoder as a part."""

    posteriors: Posteriors


@dataclasses.dataclass(frozen=True)
class _Options:
    """None."""


class CodeFit(NetworkTraining, abc.ABC):
    """Trains a network on draws z ~ q(z), and nothing else.

    Args:
        posteriors: what they are drawn from.
        seed: of the draws.
    """

    learning_rate: float = 1e-3
    """Of Adam, at the start of training, where no optimizer is given."""

    def __init__(self, posteriors: Posteriors, seed: int) -> None:
        super().__init__(seed=seed)
        self.event_shape = posteriors.rows.shape[1:]
        self._source = _Source(posteriors)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create nothing: what is trained has its weights already."""
        for layer in self.layers:
            if not layer.built:
                layer.build(input_shape)

    def options(self) -> _Options:
        """Take none."""
        return _Options()

    def xla_compatible(self) -> bool:
        """Say whether the draws can be compiled by XLA, and pay for it."""
        posteriors = self._source.posteriors
        return posteriors.gaussian or execution.pays_to_compile(_Encoder(posteriors.encoder))

    def codes(self, batch: Batch, seed: tf.Tensor) -> tf.Tensor:
        """Draw a z for every row of the batch, shape `(batch, size)`."""
        posteriors = self._source.posteriors
        return tf.stop_gradient(posteriors.draw(posteriors.distribution(batch.x), seed))

    def train(self, steps: int, optimizer: Any, jit_compile: bool | str) -> None:
        """Take `steps` steps.

        Args:
            steps: how many.
            optimizer: by default Adam, its learning rate decaying along a cosine to nothing.
            jit_compile: as of `compile`.
        """
        if optimizer is None:
            rate = keras.optimizers.schedules.CosineDecay(self.learning_rate, steps)
            optimizer = keras.optimizers.Adam(rate)
        posteriors = self._source.posteriors
        rows, weight = posteriors.rows, posteriors.weight * len(posteriors)
        # A batch of few examples holds several draws of each.
        copies = -(-_BATCH_SIZE // len(rows))
        data = data_lib.from_arrays(
            np.concatenate([rows] * copies),
            batch_size=_BATCH_SIZE,
            seed=self.seed,
            sample_weight=None if np.ptp(weight) == 0 else np.tile(weight, copies),
        )
        self.compile(optimizer, jit_compile=jit_compile, steps_per_execution=min(50, steps))
        self.fit(data, steps_per_epoch=steps, verbose=0)


class _Encoder(keras.Model):
    """An encoder as a model, whose layers are looked through."""

    def __init__(self, encoder: keras.layers.Layer) -> None:
        super().__init__()
        self.encoder = encoder


def in_parts(function: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[tf.Tensor], np.ndarray]:
    """Return what calls `function` on 1,000 rows at a time, and joins what it returns."""
    traced = tf.function(function, autograph=False)

    def call(z: tf.Tensor) -> np.ndarray:
        # A concrete one: TensorFlow warns of functions that every measurement traces anew.
        graph = traced.get_concrete_function(tf.TensorSpec([None, *z.shape[1:]], z.dtype))
        starts = range(0, z.shape[0], _PART)
        return np.concatenate([graph(z[start : start + _PART]) for start in starts])

    return call
