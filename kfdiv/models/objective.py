"""What every objective is: roles that learn, the losses they minimise, and a bound that is told.

The contract, and the one `train_step` and `test_step` of all objectives. `compile` is in
`compiled_model.py`, `fit` in `trainer.py`, how evaluations run in `evaluator.py`, how gradients are
taken in `gradients.py`.
"""

from __future__ import annotations

import abc
import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.models import execution, gradients, reporting
from kfdiv.models.batch import Batch
from kfdiv.models.compiled_model import CompiledModel
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role, Update


@dataclasses.dataclass(frozen=True)
class Evaluated:
    """The divergence that an evaluation is of; in a dataclass, as Keras would track it."""

    divergence: divergences.Divergence | None = None


class Measured(NamedTuple):
    """Which figures an evaluation tells of.

    Attributes:
        bound: the bound's name.
        loss: whether the loss is another figure than the bound.
        logs: further figures.
    """

    bound: str
    loss: bool
    logs: tuple[str, ...]


class Objective(CompiledModel, abc.ABC):
    """A Keras model whose roles learn, each by its own loss.

    A subclass declares `roles`, and gives `options`, `updates`, `role_losses` and `bound`. Its
    optimizers, the arguments of `compile`, seeds, weights, layer losses, replicas, saving and
    resuming follow.

    Args:
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.
    """

    roles: ClassVar[tuple[Role, ...]]
    """Who learns."""

    log_names: ClassVar[tuple[str, ...]] = ()
    """Names of further figures in the logs: those of `Losses.logs` and `Bound.logs`."""

    evaluation_tag: ClassVar[str] = "bound"
    """Tag of the seeds of evaluation draws."""

    def __init__(self, seed: int = 0, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, name=name, **kwargs)
        self.trackers = {one: keras.metrics.Mean(name=one) for one in self.log_names}
        self._evaluated = Evaluated()

    # The contract -----------------------------------------------------------------------------

    @abc.abstractmethod
    def options(self, **given: Any) -> Any:
        """Check what `compile` was told of the objective, and return it; change nothing.

        Its parameters are arguments of `compile`, and its docstring's `Args` their documentation.

        Returns:
            A frozen dataclass, whose fields are these parameters, resolved: they are saved with the
            model, and given back to `compile` when it is loaded.
        """

    @abc.abstractmethod
    def updates(self) -> Sequence[Update]:
        """Return who moves together and how often a step, in this order."""

    @abc.abstractmethod
    def role_losses(self, batch: Batch, seed: tf.Tensor, roles: Sequence[str]) -> Losses:
        """Return the losses of roles that move together.

        Args:
            batch: examples, and their weights, which `Expectation.mean` applies.
            seed: int32, shape `(2,)`.
            roles: who moves. What others would need may be left out.
        """

    @abc.abstractmethod
    def bound(
        self, batch: Batch, seed: tf.Tensor, divergence: divergences.Divergence | None = None
    ) -> Bound:
        """Return what `evaluate` reports of a batch.

        Args:
            batch: examples, and their weights.
            seed: int32, shape `(2,)`.
            divergence: which one is bounded; None is the one that is minimised.

        Returns:
            The bound in nats, as an expectation over data and model, and on which side it is.
        """

    def check_bound(self, divergence: divergences.Divergence) -> None:
        """Raise a ValueError if the model, as it is compiled, bounds no such divergence.

        By default it bounds what it minimises alone.
        """
        own = getattr(self, "divergence", None)
        if own is None or repr(own) != repr(divergence):
            raise ValueError(
                f"This {type(self).__name__} was compiled for {own!r} and says nothing of "
                f"{divergence!r}. Leave the divergence out."
            )

    def check_adapted(self, divergence: divergences.Divergence | None) -> None:
        """Raise a ValueError if `adapt` must be called before this divergence is bounded.

        Args:
            divergence: as of `bound`.
        """

    @property
    def splits_batch(self) -> bool:
        """Whether every update of a step sees a part of the batch instead of all of it."""
        return False

    def evaluate(self, *args: Any, divergence: Any = None, **kwargs: Any) -> Any:
        """Measure the bound on data; arguments as `Evaluator.evaluate`.

        Args:
            *args: as of `Evaluator.evaluate`.
            divergence: which divergence is bounded; by default the one that is minimised.
            **kwargs: as of `Evaluator.evaluate`.

        Raises:
            ValueError: if the divergence is unknown, or the model says nothing of it.
        """
        self._needs_compile("evaluate")
        if divergence is not None:
            divergence = divergences.get(divergence)
            self.check_bound(divergence)
            self._evaluated = Evaluated(divergence)
            self.test_function = None
        self.check_adapted(divergence)
        try:
            return super().evaluate(*args, **kwargs)
        finally:
            if divergence is not None:
                self._evaluated = Evaluated()
                self.test_function = None

    # Steps ------------------------------------------------------------------------------------

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Take every update in turn, the roles of each together; return the logs.

        The total loss is of the last update's last step; logs are means over all steps that have
        them.
        """
        batch = self.batch(data)
        updates = [update for update in self.updates() if update.steps]
        if self.splits_batch:
            batch = batch.split(sum(update.steps for update in updates))
        done = 0
        for update in updates[:-1]:
            self._repeat(update, batch, done, update.steps)
            done += update.steps
        last = updates[-1]
        self._repeat(last, batch, done, last.steps - 1)
        final = last.steps - 1
        share = self._share(batch, done + final)
        logs = self._report(last, self._step(last, share, last.first + final), share, batch)
        if self.averages is not None:
            self.averages.update()
        return logs

    def _repeat(self, update: Update, batch: Batch, done: int, times: int) -> None:
        def step(index: tf.Tensor) -> None:
            share = self._share(batch, done + index)
            taken = self._step(update, share, update.first + index)
            self._track(reporting.logs(taken), share)

        execution.repeat(times, step)

    def _share(self, batch: Batch, index: int | tf.Tensor) -> Batch:
        """Return the examples of the step's update number `index`."""
        return batch.part(index) if self.splits_batch else batch

    def add_loss(self, loss: Any) -> None:
        """Refuse: a loss is a role's.

        Raises:
            ValueError: always; a layer of a role's network may add losses.
        """
        raise ValueError(
            "A loss that is added to the model belongs to none of its roles. Add it in a layer of "
            "a role's network, whose loss it joins, or write an objective of your own."
        )

    def _step(self, update: Update, batch: Batch, index: int | tf.Tensor) -> gradients.Gradients:
        """Move the update's roles, all gradients taken before any of them moves."""
        batch = batch.with_total()
        roles = [role for role in self.roles if role.name in update.roles and role.layers(self)]
        taken = self.take_gradients(roles, batch, self.draw_seed(update.tag, index))
        gradients.apply(self, roles, taken.of)
        return taken

    def take_gradients(
        self, roles: Sequence[Role], batch: Batch, seed: tf.Tensor
    ) -> gradients.Gradients:
        """Return each role's gradient of its loss, in its own variables alone."""
        names = [role.name for role in roles]
        return gradients.take(self, roles, batch, lambda: self.role_losses(batch, seed, names))

    def _report(
        self, update: Update, taken: gradients.Gradients, share: Batch, batch: Batch
    ) -> dict[str, tf.Tensor]:
        """Count the step, track its losses, and note the first term that was not finite."""
        self._track(reporting.logs(taken), share)
        total = reporting.total_loss(update, taken)
        replicas = self.distribute_strategy.num_replicas_in_sync
        total = total * replicas if replicas > 1 else total
        return self.finish_step(total, reporting.terms(update, taken, batch))

    def train_logs(self) -> dict[str, tf.Tensor]:
        """Return the training metrics' values."""
        logs = {name: tracker.result() for name, tracker in self.trackers.items()}
        return {**super().train_logs(), **logs}

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Measure the bound on a batch, and its standard error."""
        return self.test_logs(self.measure_batch(data))

    def measure_batch(self, data: Any) -> Measured:
        """Add a batch to the figures of an evaluation, and say which these are."""
        batch = self.batch(data)
        seed = self.evaluation_seed(self.evaluation_tag, self.bound_tracker.count)
        with contextlib.nullcontext() if self.averages is None else self.averages.scope():
            bound = self.bound(batch, seed, self._evaluated.divergence)
        of_model = None
        if bound.value.model is not None:
            of_model = batch.model_weight(tf.shape(bound.value.model)[0])
        on_data = bound.value.data
        if on_data is None:  # A figure of the model alone is of as many examples all the same.
            on_data = tf.zeros([batch.size], bound.value.model.dtype)
        on_data = batch.defined(on_data)
        self.bound_tracker.update_state(on_data, bound.value.model, batch.weight, of_model)
        if bound.loss is not None:
            reporting.track(self.loss_tracker, bound.loss, batch)
        self._track(bound.logs, batch)
        return Measured(bound.name, bound.loss is not None, tuple(bound.logs))

    def test_logs(self, measured: Measured) -> dict[str, tf.Tensor]:
        """Return the figures of an evaluation so far.

        Args:
            measured: which these are.
        """
        logs = {measured.bound: self.bound_tracker.result()}
        logs[f"{measured.bound}_se"] = self.bound_tracker.standard_error()
        logs["loss"] = self.loss_tracker.result() if measured.loss else logs[measured.bound]
        return logs | {name: self.trackers[name].result() for name in measured.logs}

    def _track(self, logs: Mapping[str, Expectation], batch: Batch) -> None:
        for name, value in logs.items():
            reporting.track(self.trackers[name], value, batch)
