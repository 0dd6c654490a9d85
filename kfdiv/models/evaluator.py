"""How every objective is evaluated: on every example once, in order, with draws of their own."""

from __future__ import annotations

import abc
import inspect
from typing import Any

import tensorflow as tf

from kfdiv import strategies
from kfdiv.data import damaged, finite, inputs
from kfdiv.models import checks, execution, fit_arguments
from kfdiv.models.reproducible_model import ReproducibleModel


class Evaluator(ReproducibleModel, abc.ABC):
    """A model that is evaluated on whatever data it can be fitted on.

    Args:
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.
    """

    @abc.abstractmethod
    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Update the evaluation metrics with a batch; returns the logs."""

    @abc.abstractmethod
    def measure_batch(self, data: Any) -> Any:
        """Update the evaluation metrics with a batch; returns what `test_logs` takes."""

    @abc.abstractmethod
    def test_logs(self, measured: Any) -> dict[str, tf.Tensor]:
        """Return the evaluation metrics' values."""

    def make_test_function(self, force: bool = False) -> None:
        """Build the function that `evaluate` calls for each batch."""
        if self.test_function is not None and not force:
            return
        if execution.is_shared(self):
            self.test_function = execution.shared_evaluation(self)
        elif self.run_eagerly or not self.jit_compile:
            super().make_test_function(force)
        else:
            self.test_function = execution.compiled_evaluation(self)

    def check_data(self, dataset: tf.data.Dataset) -> None:
        """Raise if `dataset` does not fit the model; called before training."""

    def adapt(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        """Learn from the data what evaluating needs of them; nothing by default."""

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
        Not so of a `tf.data.Dataset` that a user's own `shuffle` orders anew each pass: draws meet
        other examples. Give it `reshuffle_each_iteration=False`.
        Called by a callback amid an epoch it resets the running means of that epoch's logs, as
        Keras's does.

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
        known = [*list(inspect.signature(Evaluator.evaluate).parameters)[1:-1], "divergence"]
        checks.check_options(f"{type(self).__name__}.evaluate", kwargs, known)
        if x is None:
            raise ValueError("evaluate(...) needs data: an array, or a tf.data.Dataset of batches.")
        checks.check_weights(self, "evaluate")
        fit_arguments.callback_list(callbacks)  # Raises if one is none.
        dataset = finite.checked(self.held_out(x, y, sample_weight, batch_size, steps))
        if execution.is_shared(self):
            dataset = strategies.in_shares(dataset)
        # Batches of an evaluation may be ragged and are few: Keras's own loop, one at a time.
        steps_per_execution, self.steps_per_execution = self.steps_per_execution, 1
        try:
            with (
                execution.to_the_end(steps),
                damaged.named(),
                strategies.lost_workers_told(self.workers),
            ):
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

    def test_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse; see `train_on_batch`."""
        raise NotImplementedError("test_on_batch is not for this model. Call evaluate(x).")

    def _maybe_symbolic_build(self, *args: Any, **kwargs: Any) -> None:
        # Private to Keras, which calls it under a strategy: it would add up the replicas' shares of
        # a batch to find out what came built, and shares may differ in size. The test of shares of
        # different sizes fails if Keras calls something else.
        pass
