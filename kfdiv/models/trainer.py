"""How every objective is fitted and evaluated: data, supersteps, exact resume."""

from __future__ import annotations

import abc
import inspect
import operator
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kfdiv import callbacks as callbacks_lib
from kfdiv import metrics, random
from kfdiv.data import finite, inputs
from kfdiv.data.elements import parts_of
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks, execution, fit_arguments
from kfdiv.models.batch import Batch
from kfdiv.models.feed import Feed


class Trainer(keras.Model, abc.ABC):
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
        self._seed = operator.index(seed)
        # Keras's property falls back to the current strategy.
        self.strategy = tf.distribute.get_strategy()
        options = {
            "dtype": "int64",
            "trainable": False,
            "aggregation": "only_first_replica",
        }
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
        self._feed: Feed | None = None

    @property
    def seed(self) -> int:
        """The seed of every draw; another one holds from the next step, or evaluation, on."""
        return self._seed

    @seed.setter
    def seed(self, value: int) -> None:
        self._seed = operator.index(value)
        # Traced functions hold the old one.
        self.test_function = None

    @abc.abstractmethod
    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Take one optimisation step on a batch; returns the logs."""

    @abc.abstractmethod
    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Update the evaluation metrics with a batch; returns the logs."""

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset` does not fit the model; called before training."""

    def check_training_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset` cannot be trained on, even though it could be evaluated on."""

    def prepare(self, dataset: tf.data.Dataset, source: Any) -> None:
        """Learn from one pass over the data what the objective needs; nothing by default.

        Args:
            dataset: the data.
            source: x, y and weights as the user gave them, by which the same data are known again.
        """

    def known_pixel_range(self) -> tuple[float, float]:
        """Return what 8-bit pixels are scaled to; NaN where that is not known."""
        low, high = self.pixel_range.numpy().tolist()
        return low, high

    @abc.abstractmethod
    def check_trainable(self) -> None:
        """Raise if there are weights to train that no optimizer moves."""

    @abc.abstractmethod
    def trace_state(self) -> tuple[Any, ...]:
        """Return what a traced step holds besides variables: another one is traced anew."""

    def adapt(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        """Learn from the data what evaluating needs of them; nothing by default."""

    def xla_compatible(self) -> bool:
        """Say whether every part of a train step can be compiled by XLA."""
        return True

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

    # Running ----------------------------------------------------------------------------------

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
                or to the range of the pixels that the model was fitted on before.
            y: labels beside an array.
            batch_size: of an array; by default 100, or all examples if there are fewer.
            epochs: the epoch to reach.
            verbose: "auto", 0, 1 or 2, as in Keras.
            callbacks: Keras callbacks, or one alone.
            validation_split: share of an array's examples, the last ones, to evaluate on instead.
            validation_data: data to `evaluate` after an epoch: `x`, `(x, y)` or `(x, y, w)`.
            shuffle: draw a new order of an array's examples each epoch.
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
        """
        arguments = list(inspect.signature(type(self).fit).parameters)[1:-1]
        checks.check_options(f"{type(self).__name__}.fit", unknown, arguments)
        self._needs_compile("fit")
        epochs = checks.check_count("epochs", epochs, least=0)
        initial_epoch = checks.check_count("initial_epoch", initial_epoch, least=0)
        if steps_per_epoch is not None:
            steps_per_epoch = checks.check_count("steps_per_epoch", steps_per_epoch)
        callbacks = fit_arguments.callback_list(callbacks)
        if validation_split:
            if validation_data is not None:
                raise ValueError("Pass validation_data or validation_split, not both.")
            (x, y, sample_weight), validation_data = fit_arguments.split_off(
                (x, y, sample_weight), validation_split
            )
        if class_weight is not None:
            sample_weight = fit_arguments.weigh_classes(y, class_weight, sample_weight)
        source = (x, y, sample_weight)
        fit_arguments.check_validation(
            validation_data, validation_steps, validation_batch_size, validation_freq
        )
        feed = Feed.of(
            x,
            y,
            sample_weight,
            batch_size,
            steps_per_epoch,
            previous=self._feed,
            shuffle=shuffle,
            seed=self.seed,
            event_shape=self.event_shape,
            value_range=self.known_pixel_range(),
        )
        dataset, pixel_range = feed.dataset, self.known_pixel_range()
        if not feed.continued:
            self.check_data(dataset)
            pixel_range = checks.pixel_range(dataset, pixel_range)
        self.check_training_data(dataset)
        checks.check_replicas(self, feed.batch_size())
        self.check_trainable()
        held_out = None
        if validation_data is not None:
            parts = parts_of(validation_data)
            size = validation_batch_size or fit_arguments.batch_size_of(parts[0], batch_size)
            held_out = self.held_out(*parts, size, validation_steps, pixel_range)
            if validation_steps is None:
                fit_arguments.check_repeatable(held_out, epochs - initial_epoch)
        self.prepare(dataset, source)
        self.pixel_range.assign(pixel_range)
        fit_arguments.check_resumable(callbacks, dataset)
        start, done = self._restore(callbacks)
        self.nonfinite.assign([-1, -1])
        clock = feed.dataset_from(start, done, self.steps_per_execution, self.distribute_strategy)
        self._feed = feed
        try:
            return super().fit(
                clock,
                epochs=epochs,
                initial_epoch=initial_epoch + done // feed.steps_per_epoch,
                steps_per_epoch=feed.steps_per_epoch,
                verbose=verbose,
                callbacks=[callbacks_lib.FiniteLoss(), *callbacks],
                validation_data=held_out,
                validation_steps=validation_steps,
                validation_freq=validation_freq,
                shuffle=False,
            )
        finally:
            self._feed = feed.for_next_fit()

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Measure the objective on data, every example once and in order.

        Two evaluations give the same figures: of a stream that shuffles, both take its first epoch.

        Args:
            x: data, as of `fit`, with the same meaning: pixels of 8 bits are scaled like those that
                the model was fitted on.
            y: labels beside an array.
            batch_size: of an array; by default 100.
            verbose: "auto", 0, 1 or 2, as in Keras.
            sample_weight: weights beside an array, as of `fit`.
            steps: batches to take; all by default.
            callbacks: Keras callbacks.
            return_dict: return the figures by name.
            **kwargs: what Keras's `fit` passes on; anything else is refused.

        Raises:
            ValueError: if there are no data, or they do not fit the model.
            FloatingPointError: if the data hold a NaN or an infinity, naming the batch.
        """
        self._needs_compile("evaluate")
        # Keras's `fit` asks for the iterator that it keeps for validation, which groups steps as
        # training does; private to Keras, and pinned by the test of whole validation sets.
        kwargs.pop("_use_cached_eval_dataset", None)
        known = [*list(inspect.signature(Trainer.evaluate).parameters)[1:-1], "divergence"]
        checks.check_options(f"{type(self).__name__}.evaluate", kwargs, known)
        if x is None:
            raise ValueError("evaluate(...) needs data: an array, or a tf.data.Dataset of batches.")
        dataset = finite.checked(self.held_out(x, y, sample_weight, batch_size, steps))
        # Batches of an evaluation may be ragged and are few: Keras's own loop, one at a time.
        steps_per_execution, self.steps_per_execution = self.steps_per_execution, 1
        try:
            with execution.to_the_end(steps):
                return super().evaluate(
                    dataset,
                    verbose=verbose,
                    steps=steps,
                    callbacks=callbacks,
                    return_dict=return_dict,
                )
        except tf.errors.InvalidArgumentError as error:
            raise finite.explained(error) from None
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
        # Private to Keras, which calls it under a strategy: it would add up the replicas' shares of
        # a batch to find out what came built, and shares may differ in size. The test of shares of
        # different sizes fails if Keras calls something else.
        pass

    def _needs_compile(self, method: str) -> None:
        if not self.compiled:
            raise ValueError(f"Call {type(self).__name__}.compile(...) before {method}(...).")

    def held_out(
        self,
        x: Any,
        y: Any = None,
        weight: Any = None,
        batch_size: int | None = None,
        steps: int | None = None,
        pixel_range: tuple[float, float] | None = None,
    ) -> tf.data.Dataset:
        """Return checked data to evaluate on: every example once, in order.

        Args:
            x: data, as of `fit`, as are the next three.
            y: labels.
            weight: weights.
            batch_size: of an array.
            steps: batches that are taken, or None for all.
            pixel_range: what 8-bit pixels are scaled to; by default what is known.
        """
        dataset = inputs.as_dataset(
            x,
            y,
            weight,
            batch_size,
            shuffle=False,
            drop_remainder=False,
            event_shape=self.event_shape,
            value_range=self.known_pixel_range() if pixel_range is None else pixel_range,
        )
        if steps is None and inputs.is_endless(dataset):
            raise ValueError(
                "Received endless data to evaluate on; say how many batches make an evaluation: "
                "evaluate(..., steps=N), or fit(..., validation_steps=N)."
            )
        self.check_data(dataset)
        return inputs.first_pass(dataset)

    def _restore(self, callbacks: list[keras.callbacks.Callback]) -> tuple[int, int]:
        """Load the newest backup, if there is one; return where this fit began and its steps."""
        for callback in callbacks:
            if isinstance(callback, callbacks_lib.ExactResume):
                start = callback.restore(self)
                return start, int(self.step.numpy()) - start
        return int(self.step.numpy()), 0
