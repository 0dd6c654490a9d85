"""How every objective is fitted: checks first, then supersteps, with exact resume."""

from __future__ import annotations

import abc
import inspect
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kfdiv import callbacks as callbacks_lib
from kfdiv import strategies
from kfdiv.callbacks.step_count import StepCount
from kfdiv.data.elements import parts_of
from kfdiv.models import checks, execution, fit_arguments, validation
from kfdiv.models.evaluator import Evaluator
from kfdiv.models.feed import Feed


class Trainer(Evaluator, abc.ABC):
    """A model that is fitted by steps, from any of which its training goes on exactly.

    Args:
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.
    """

    def __init__(self, seed: int = 0, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, name=name, **kwargs)
        self._feed: Feed | None = None

    @abc.abstractmethod
    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Take one optimisation step on a batch; returns the logs."""

    def check_training_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset` cannot be trained on, even though it could be evaluated on."""

    def prepare(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Learn from one pass over the data what the objective needs; nothing by default.

        Args:
            dataset: the data.
            source: x, y and weights as the user gave them, by which the same data are known again.
        """

    @abc.abstractmethod
    def check_trainable(self) -> None:
        """Raise if there are weights to train that no optimizer moves."""

    @abc.abstractmethod
    def trace_state(self) -> tuple[Any, ...]:
        """Return what a traced step holds besides variables: another one is traced anew."""

    def make_train_function(self, force: bool = False) -> None:
        """Build the function that `fit` calls; see `execution.StepRunner`."""
        if self.train_function is None or force:
            runner = execution.StepRunner(self)
            self.train_function = lambda iterator: self._feed.advance(
                runner, iterator, self.train_logs
            )

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
        **unknown: Any,
    ) -> keras.callbacks.History:
        """Train for `epochs` passes over the data.

        With `kfdiv.callbacks.ExactResume` among the callbacks, a run that was killed continues
        from its last backup, bit for bit as if it had not been.

        Args:
            x: examples: an array of shape `(examples, *event_shape)`; or batches `x`, `(x, y)` or
                `(x, y, w)` of a `tf.data.Dataset`, as `kfdiv.data.load` makes one, of a
                `keras.utils.PyDataset` or of a generator. Pixels of 8 bits are scaled to [0, 1],
                or to the range of the pixels that the model was fitted on before. Of an array,
                the last, smaller batch of an epoch is left out: other examples each time, as they
                are shuffled. `kfdiv.data.from_arrays(x, drop_remainder=False)` keeps it.
            y: labels beside an array.
            batch_size: of an array; by default 100, or all examples if there are fewer.
            epochs: the epoch to reach.
            verbose: "auto", 0, 1 or 2, as in Keras.
            callbacks: Keras callbacks, or one alone.
            validation_split: share of an array's examples, the last ones, to evaluate on instead.
            validation_data: data to `evaluate` after an epoch: `x`, `(x, y)` or `(x, y, w)`.
            shuffle: draw a new order of an array's examples each epoch. Without, the last, smaller
                batch of an array is kept, or it would never be seen.
            class_weight: weights by integer label, beside an array and its labels.
            sample_weight: non-negative weights beside an array. They define the distribution of
                the data: every expectation over them, and their density, is weighted.
            initial_epoch: the number of the first epoch, where earlier fits count.
            steps_per_epoch: steps an epoch, where that is not one pass over the data.
            validation_steps: batches an evaluation.
            validation_batch_size: of arrays to evaluate on; by default `batch_size`.
            validation_freq: epochs between evaluations.
            **unknown: refused.

        Returns:
            The `History` of the epochs that were run.

        Raises:
            TypeError: on an unknown argument, naming the known ones.
            ValueError: if the data do not fit the model; before any training.
            FloatingPointError: if a term of the loss is not finite, naming the step and the term.
            LostWorkerError: if another worker of a strategy of several has ended.
        """
        arguments = list(inspect.signature(type(self).fit).parameters)[1:-1]
        checks.check_options(f"{type(self).__name__}.fit", unknown, arguments)
        self._needs_compile("fit")
        checks.check_execution_of(self)
        if self.averages is not None:
            self.averages.refuse_in_place("fit")
        epochs = checks.check_count("epochs", epochs, least=0)
        initial_epoch = checks.check_count("initial_epoch", initial_epoch, least=0)
        if steps_per_epoch is not None:
            steps_per_epoch = checks.check_count("steps_per_epoch", steps_per_epoch)
        callbacks = fit_arguments.callback_list(callbacks)
        if validation_split:
            if validation_data is not None:
                raise ValueError("Pass validation_data or validation_split, not both.")
            (x, y, sample_weight), validation_data = validation.split_off(
                (x, y, sample_weight), validation_split
            )
        if class_weight is not None:
            sample_weight = fit_arguments.weigh_classes(y, class_weight, sample_weight)
        source = (x, y, sample_weight)
        validation.check_settings(
            validation_data, validation_steps, validation_batch_size, validation_freq
        )
        feed, pixel_range = self._checked_feed(source, batch_size, steps_per_epoch, shuffle)
        held_out = None
        if validation_data is not None:
            size = validation_batch_size or validation.batch_size_of(validation_data, batch_size)
            parts = parts_of(validation_data)
            held_out = self.held_out(*parts, size, validation_steps, pixel_range)
            if validation_steps is None:
                validation.check_repeatable(held_out, epochs - initial_epoch)
        self.prepare(feed.dataset, source)
        self.pixel_range.assign(pixel_range)
        fit_arguments.check_resumable(callbacks, feed.dataset)
        with (
            strategies.lost_workers_told(self.workers),
            fit_arguments.resumed(self, callbacks) as (start, done),
        ):
            checks.check_weights(self, "fit")
            self.nonfinite.assign([-1, -1])
            placeholder = feed.dataset_from(
                start, done, self.steps_per_execution, self.distribute_strategy
            )
            self._feed = feed
            try:
                return super().fit(
                    placeholder,
                    epochs=epochs,
                    initial_epoch=initial_epoch + done // feed.steps_per_epoch,
                    steps_per_epoch=feed.steps_per_epoch,
                    verbose=verbose,
                    callbacks=StepCount(
                        [callbacks_lib.FiniteLoss(), *callbacks],
                        steps=feed.steps_per_epoch,
                        model=self,
                        verbose=verbose,
                        epochs=epochs,
                        add_history=True,
                        add_progbar=verbose != 0,
                    ),
                    validation_data=held_out,
                    validation_steps=validation_steps,
                    validation_freq=validation_freq,
                    shuffle=False,
                )
            finally:
                self._feed = feed.for_next_fit()

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a step is a part of `fit`, which counts it and gives it checked data."""
        raise NotImplementedError(
            "train_on_batch is not for this model. Call fit(batches, steps_per_epoch=1, epochs=1), "
            "or train_step(batch) in a tf.function of your own."
        )

    def _checked_feed(
        self,
        source: tuple[Any, Any, Any],
        batch_size: int | None,
        steps_per_epoch: int | None,
        shuffle: bool,
    ) -> tuple[Feed, tuple[float, float]]:
        """Return what is trained on, checked, and what its 8-bit pixels are scaled to."""
        feed = Feed.of(
            *source,
            batch_size,
            steps_per_epoch,
            previous=self._feed,
            shuffle=shuffle,
            drop_remainder=shuffle,
            seed=self.seed,
            event_shape=self.event_shape,
            value_range=self.known_pixel_range(),
        )
        pixel_range = self.known_pixel_range()
        if not feed.continued:
            self.check_data(feed.dataset)
            pixel_range = checks.pixel_range(feed.dataset, pixel_range)
        self.check_training_data(feed.dataset)
        checks.check_replicas(self, feed.batch_size())
        self.check_trainable()
        return feed, pixel_range
