"""A model whose draws are functions of its seed and of a step count, which is among its weights."""

from __future__ import annotations

import abc
import math
import os
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from kfdiv import files, metrics, random, strategies
from kfdiv.arguments import check_count
from kfdiv.data.elements import parts_of
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks
from kfdiv.models.batch import Batch


class ReproducibleModel(keras.Model, abc.ABC):
    """A Keras model whose training is a pure function of its seed and its step count.

    Args:
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.
    """

    # Of one example of the data; set by subclasses.
    event_shape: tuple[int, ...]

    def __init__(self, seed: int = 0, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self._seed = _checked_seed(seed)
        # Keras's property falls back to the current strategy.
        self.strategy = tf.distribute.get_strategy()
        self.workers = strategies.Workers(self.strategy)
        options = {
            "dtype": "int64",
            "trainable": False,
            "aggregation": "only_first_replica",
        }
        # A weight: EarlyStopping(restore_best_weights=True) takes it back with the others, and with
        # it the draws and the place in the data.
        self.step = self.add_weight(name="step", shape=(), initializer="zeros", **options)
        # (step, term) of the first loss term that was not finite; -1 while all are.
        self.nonfinite = self.add_weight(
            name="nonfinite", shape=(2,), initializer=keras.initializers.Constant(-1), **options
        )
        # What 8-bit pixels are scaled to; NaN where the data were floats of another range.
        self.pixel_range = self.add_weight(
            name="pixel_range",
            shape=(2,),
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",
            initializer=lambda shape, dtype: tf.constant([0.0, 1.0], dtype),
        )
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.bound_tracker = metrics.SumOfMeans(name="bound")
        self._term_names: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        """The seed of every draw; another one holds from the next step, or evaluation, on."""
        return self._seed

    @seed.setter
    def seed(self, value: int) -> None:
        self._seed = _checked_seed(value)
        # Traced functions hold the old one.
        self.test_function = None

    def known_pixel_range(self) -> tuple[float, float]:
        """Return what 8-bit pixels are scaled to; NaN where that is not known."""
        low, high = self.pixel_range.numpy().tolist()
        return low, high

    def train_logs(self) -> dict[str, tf.Tensor]:
        """Return the training metrics' values."""
        return {"loss": self.loss_tracker.result()}

    # A model that was never compiled is saved and loaded, too: its networks came built.

    def ensure_built(self) -> None:
        """Tell Keras that the model is built: its networks came so, and it needs no data."""
        if not self.built:
            self.build((None, *self.event_shape))

    def save(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Write the whole model; arguments as `keras.Model.save`.

        The file is whole or not there: one that cannot be written to its end, as on a full disk,
        leaves the previous one. Weights that are not finite are written, too, as who looks for what
        broke them wants to see them, and a warning says so.

        Raises:
            ValueError: on the old format `.h5`, which does not hold these models.
        """
        if str(filepath).endswith((".h5", ".hdf5")):
            raise ValueError(
                f"{filepath}: the format .h5 does not hold a model with several optimizers. Save "
                "to a name that ends in .keras, or the weights alone by "
                "save_weights('model.weights.h5')."
            )
        self.ensure_built()
        checks.warn_of_weights(self, "save")
        _write(super().save, ".keras", filepath, *args, **kwargs)

    def save_weights(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Write the weights alone, as `save` does; arguments as `keras.Model.save_weights`."""
        self.ensure_built()
        checks.warn_of_weights(self, "save_weights")
        _write(super().save_weights, ".weights.h5", filepath, *args, **kwargs)

    def load_weights(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Load what `save_weights` wrote; arguments as `keras.Model.load_weights`."""
        self.ensure_built()
        super().load_weights(filepath, *args, **kwargs)

    # Within a step ----------------------------------------------------------------------------

    def batch(self, data: Any) -> Batch:
        """Return a batch of an element `x`, `(x, y)` or `(x, y, w)`.

        Examples come in the model's precision, at least float32.
        """
        x, _, weight = parts_of(data)
        return Batch.of(tf.cast(x, density_dtype(self)), None, weight)

    def draw_seed(self, tag: str, index: int | tf.Tensor = 0) -> tf.Tensor:
        """Return this step's seed for the draw called `tag`, different on every replica."""
        return random.fold(random.seed(self.seed, tag, self.step.value), index)

    def evaluation_seed(self, tag: str, count: tf.Tensor) -> tf.Tensor:
        """Return the seed of an evaluation draw after `count` examples: one for all evaluations."""
        return random.seed(self.seed, f"evaluate/{tag}", tf.cast(count, tf.int32))

    def finish_step(self, loss: tf.Tensor, terms: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Count the step, track its loss, and note the first term that was not finite.

        Args:
            loss: per-example losses, or a scalar.
            terms: the parts of the loss by name, in the order in which they are computed.

        Returns:
            The logs.
        """
        self._term_names = tuple(terms)
        wrong = tf.stack(
            [tf.logical_not(tf.reduce_all(tf.math.is_finite(term))) for term in terms.values()]
        )
        if self.distribute_strategy.num_replicas_in_sync > 1:
            # What is not finite in any replica's share is told of all.
            context = tf.distribute.get_replica_context()
            count = context.all_reduce(tf.distribute.ReduceOp.SUM, tf.cast(wrong, tf.float32))
            wrong = count > 0
        first = tf.stack([self.step.value, tf.argmax(tf.cast(wrong, tf.int32))])
        news = tf.logical_and(self.nonfinite.value[0] < 0, tf.reduce_any(wrong))
        self.nonfinite.assign(tf.where(news, first, self.nonfinite.value))
        self.loss_tracker.update_state(loss)
        self.step.assign_add(1)
        return self.train_logs()

    def nonfinite_term(self) -> tuple[int, str] | None:
        """Return the step and the name of the first loss term that was not finite, or None."""
        step, term = (int(value) for value in keras.ops.convert_to_numpy(self.nonfinite))
        return None if step < 0 else (step, self._term_names[term])

    def _needs_compile(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(f"Call {type(self).__name__}.compile(...) before {method}(...).")


def _checked_seed(seed: Any) -> int:
    return check_count("seed", seed, least=-math.inf, expected="an integer")


def _write(
    write: Callable[..., None], ending: str, filepath: Any, *args: Any, **kwargs: Any
) -> None:
    """Let Keras write a file whole or not at all; to what is no file of this machine, as it is."""
    name = str(filepath) if isinstance(filepath, (str, os.PathLike)) else ""
    if args or kwargs or "://" in name or not name.endswith(ending) or os.path.isdir(name):
        write(filepath, *args, **kwargs)
        return
    with files.replacing(name) as partial:
        write(partial)
