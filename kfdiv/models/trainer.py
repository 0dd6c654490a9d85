"""How every objective trains: any number of optimizers, supersteps, exact resume."""

from __future__ import annotations

import abc
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import keras
import tensorflow as tf

from kfdiv import callbacks as callbacks_lib
from kfdiv import random
from kfdiv.data.inputs import as_dataset
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks, execution, optimization
from kfdiv.models.compilable import Compilable
from kfdiv.models.feed import Feed
from kfdiv.models.optimization import Player


class Trainer(Compilable, abc.ABC):
    """A Keras model whose training is a pure function of its seed and its step count.

    Args:
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.
    """

    def __init__(self, seed: int = 0, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.seed = operator.index(seed)
        options = {
            "dtype": "int64",
            "trainable": False,
            "aggregation": "only_first_replica",
        }
        self.step = self.add_weight(name="step", shape=(), initializer="zeros", **options)
        # (step, term) of the first loss term that was not finite; -1 while all are.
        self.broken = self.add_weight(
            name="broken", shape=(2,), initializer=keras.initializers.Constant(-1), **options
        )
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self._term_names: tuple[str, ...] = ()
        self._feed: Feed | None = None

    @abc.abstractmethod
    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Take one optimisation step on a batch, ending in `finish_step`; returns the logs."""

    @abc.abstractmethod
    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Update the evaluation metrics with a batch; returns the logs."""

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset` does not fit the model; called before training."""

    def meet_data(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Learn from one pass over the data what the objective needs; nothing by default.

        Args:
            dataset: the data.
            source: what the user gave as such, by which the same data are known again.
        """

    def train_logs(self) -> dict[str, tf.Tensor]:
        """Return the training metrics' values."""
        return {"loss": self.loss_tracker.result()}

    # A model that was never compiled is saved and loaded, too: its networks came built.

    def save(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Write the whole model; arguments as `keras.Model.save`."""
        self.ensure_built()
        super().save(filepath, *args, **kwargs)

    def save_weights(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Write the weights alone; arguments as `keras.Model.save_weights`."""
        self.ensure_built()
        super().save_weights(filepath, *args, **kwargs)

    def load_weights(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Load what `save_weights` wrote; arguments as `keras.Model.load_weights`."""
        self.ensure_built()
        super().load_weights(filepath, *args, **kwargs)

    # Within a step ----------------------------------------------------------------------------

    def unpack(self, data: Any) -> tf.Tensor:
        """Return x from a batch `x` or `(x, y)`, in the model's precision, at least float32."""
        x = data[0] if isinstance(data, (tuple, list)) else data
        return tf.cast(x, density_dtype(self))

    def draw_seed(self, tag: str, index: int | tf.Tensor = 0) -> tf.Tensor:
        """Return this step's seed for the draw called `tag`, different on every replica."""
        return random.fold(random.seed(self.seed, tag, self.step.value), index)

    def evaluation_seed(self, tag: str, count: tf.Tensor) -> tf.Tensor:
        """Return the seed of an evaluation draw after `count` examples: one for all evaluations."""
        return random.seed(self.seed, f"evaluate/{tag}", tf.cast(count, tf.int32))

    def minimize(self, loss_function: Callable[[], tf.Tensor], *players: Player) -> tf.Tensor:
        """Take one step of each player on one loss; see `optimization.minimize`."""
        return optimization.minimize(loss_function, players)

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
        first = tf.stack([self.step.value, tf.argmax(tf.cast(wrong, tf.int32))])
        news = tf.logical_and(self.broken.value[0] < 0, tf.reduce_any(wrong))
        self.broken.assign(tf.where(news, first, self.broken.value))
        self.loss_tracker.update_state(loss)
        self.step.assign_add(1)
        return self.train_logs()

    def broken_term(self) -> tuple[int, str] | None:
        """Return the step and the name of the first loss term that was not finite, or None."""
        step, term = (int(value) for value in keras.ops.convert_to_numpy(self.broken))
        return None if step < 0 else (step, self._term_names[term])

    # Running ----------------------------------------------------------------------------------

    def make_train_function(self, force: bool = False) -> None:
        """Build the function that `fit` calls; see `execution.make_step_runner`."""
        if self.train_function is None or force:
            run = execution.make_step_runner(self)
            self.train_function = lambda iterator: self._feed.advance(
                run, iterator, self.train_logs
            )

    def fit(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Iterable[keras.callbacks.Callback] | None = None,
        validation_data: Any = None,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_freq: int = 1,
    ) -> keras.callbacks.History:
        """Train for `epochs` passes over the data.

        With `kfdiv.callbacks.ExactResume` among the callbacks, a run that was killed continues
        from its last backup, bit for bit as if it had not been.

        Args:
            x: a `tf.data.Dataset` of batches `x` or `(x, y)`, as `kfdiv.data.load` makes one, or
                an array of shape `(examples, *event_shape)`.
            y: labels beside an array `x`.
            batch_size: of an array `x`; by default 100, or all examples if there are fewer.
            epochs: the epoch to reach.
            verbose: "auto", 0, 1 or 2, as in Keras.
            callbacks: Keras callbacks.
            validation_data: a data set to `evaluate` after an epoch.
            steps_per_epoch: steps an epoch, where that is not one pass over the data.
            validation_steps: batches an evaluation.
            validation_freq: epochs between evaluations.

        Returns:
            The `History` of the epochs that were run.

        Raises:
            ValueError: if the data do not fit the model; before any training.
            FloatingPointError: if a term of the loss is not finite, naming the step and the term.
        """
        if not self.compiled:
            raise ValueError(f"Call {type(self).__name__}.compile(...) before fit(...).")
        epochs = checks.check_count("epochs", epochs, least=0)
        if steps_per_epoch is not None:
            steps_per_epoch = checks.check_count("steps_per_epoch", steps_per_epoch)
        options = {"previous": self._feed, "seed": self.seed}
        feed = Feed.of(x, y, None, batch_size, steps_per_epoch, **options)
        dataset = feed.dataset
        if not feed.continued:
            self.check_data(dataset)
        checks.check_replicas(self, feed.batch_size())
        if validation_data is not None:
            self.check_data(_held_out(*_pair(validation_data)))
        self.meet_data(dataset, x)
        callbacks = list(callbacks or [])
        start, done = self._restore(callbacks)
        self.broken.assign([-1, -1])
        stream = feed.dataset_from(start, done, self.steps_per_execution, self.distribute_strategy)
        self._feed = feed
        try:
            return super().fit(
                stream,
                epochs=epochs,
                initial_epoch=done // feed.steps_per_epoch,
                steps_per_epoch=feed.steps_per_epoch,
                verbose=verbose,
                callbacks=[callbacks_lib.FiniteLoss(), *callbacks],
                validation_data=validation_data,
                validation_steps=validation_steps,
                validation_freq=validation_freq,
                shuffle=False,
            )
        finally:
            self._feed = feed.for_next_fit()

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> Any:
        """Measure the objective on a data set; arguments as `keras.Model.evaluate`.

        Raises:
            ValueError: if there are no data, or they do not fit the model.
        """
        if not self.compiled:
            raise ValueError(f"Call {type(self).__name__}.compile(...) before evaluate(...).")
        if x is None:
            raise ValueError("evaluate(...) needs data: an array, or a tf.data.Dataset of batches.")
        x = _held_out(x, y, batch_size)
        self.check_data(x)
        # Batches of an evaluation may be ragged and are few: Keras's own loop, one at a time. Not
        # over the iterator that `fit` keeps for validation, which groups them as training does.
        kwargs.pop("_use_cached_eval_dataset", None)
        steps_per_execution, self.steps_per_execution = self.steps_per_execution, 1
        try:
            return super().evaluate(x, **kwargs)
        finally:
            self.steps_per_execution = steps_per_execution

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a step is a part of `fit`, which counts it, deals the data and checks them."""
        raise NotImplementedError(
            "train_on_batch is not for this model. Call fit(batches, steps_per_epoch=1, epochs=1), "
            "or train_step(batch) in a tf.function of your own."
        )

    def test_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse; see `train_on_batch`."""
        raise NotImplementedError("test_on_batch is not for this model. Call evaluate(x).")

    def _maybe_symbolic_build(self, *args: Any, **kwargs: Any) -> None:
        # Everything came built. Keras would add up the replicas' shares of a batch to find out, and
        # they may differ in size.
        pass

    def _restore(self, callbacks: list[keras.callbacks.Callback]) -> tuple[int, int]:
        """Load the newest backup, if there is one; return where this fit began and its steps."""
        for callback in callbacks:
            if isinstance(callback, callbacks_lib.ExactResume):
                start = callback.restore(self)
                return start, int(self.step.numpy()) - start
        return int(self.step.numpy()), 0


def _pair(data: Any) -> tuple[Any, Any]:
    """Return x and y of validation data: `x`, `(x,)` or `(x, y)`."""
    return (*data, None)[:2] if isinstance(data, (tuple, list)) else (data, None)


def _held_out(x: Any, y: Any = None, batch_size: int | None = None) -> tf.data.Dataset:
    """Return data to evaluate on: every example once, in order."""
    return as_dataset(x, y, None, batch_size, shuffle=False, drop_remainder=False)
