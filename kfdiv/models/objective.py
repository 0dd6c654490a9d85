"""What every objective is: roles that learn, the losses they minimise, and a bound that is told.

The one `compile`, `train_step` and `test_step` of all objectives are here. How `fit` and `evaluate`
run them is in `trainer.py`, how gradients are taken in `gradients.py`.
"""

from __future__ import annotations

import abc
import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf

from kfdiv import divergences
from kfdiv.models import checks, compiling, execution, gradients, optimizers
from kfdiv.models.batch import Batch
from kfdiv.models.coefficient import Coefficient
from kfdiv.models.expectation import Bound, Expectation, Losses
from kfdiv.models.roles import Role, Update
from kfdiv.models.trainer import Trainer


@dataclasses.dataclass(frozen=True)
class Evaluated:
    """The divergence that an evaluation is of; in a dataclass, as Keras would track it."""

    divergence: divergences.Divergence | None = None


class Objective(Trainer, abc.ABC):
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

    optimizers_first: ClassVar[bool] = False
    """Whether `compile` takes optimizers by position before it takes options."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "roles") and "compile" not in vars(cls):
            cls.compile = compiling.method(cls)

    def __init__(self, seed: int = 0, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, name=name, **kwargs)
        self.trackers = {one: keras.metrics.Mean(name=one) for one in self.log_names}
        # What `compile` was told: a frozen dataclass, which Keras does not track.
        self._options: Any = None
        self._version = 0
        self._evaluated = Evaluated()
        self._execution: dict[str, Any] = {}

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

    # Compiling --------------------------------------------------------------------------------

    @classmethod
    def option_parameters(cls) -> list[inspect.Parameter]:
        """Return the parameters of `options`."""
        return list(inspect.signature(cls.options).parameters.values())[1:]

    @classmethod
    def option_documentation(cls) -> Sequence[str]:
        """Return the docstrings that say what the options are."""
        return (cls.options.__doc__ or "",)

    def compile_with(self, **arguments: Any) -> None:
        """Do what `compile` does, with every argument given.

        Where it raises, the model stays compiled as it was.
        """
        run = {one.name: arguments[one.name] for one in compiling.EXECUTION_PARAMETERS}
        checks.check_execution(**run)
        options = self.options(**compiling.options_of(arguments, type(self)))
        given = {role.name: arguments[role.keyword] for role in self.roles}
        current = self.optimizer if self.compiled else None
        group = optimizers.make_group(self, self.roles, given, current)
        jit_compile = run["jit_compile"]
        if jit_compile == "auto":
            possible = not run["run_eagerly"] and self.xla_compatible()
            jit_compile = possible and execution.pays_to_compile(self)
        self._options, self._execution = options, run
        self._version += 1
        super().compile(
            optimizer=group,
            run_eagerly=run["run_eagerly"],
            jit_compile=jit_compile,
            steps_per_execution=int(run["steps_per_execution"]),
            # Each role's optimizer scales its own loss.
            auto_scale_loss=False,
        )
        self.ensure_built()

    @property
    def compiled_options(self) -> Any:
        """The options that `compile` took, checked and resolved.

        Raises:
            AttributeError: before `compile`.
        """
        if self._options is None:
            raise AttributeError(f"Call {type(self).__name__}.compile(...) first.")
        return self._options

    def change_options(self, **new: Any) -> None:
        """Set some options anew, as `compile` would; they hold from the next step on.

        Raises:
            ValueError: on a value that is not possible; the options stay as they were.
        """
        self._options = self.options(**{**self.option_values(), **new})
        # Traced steps hold the old ones.
        self._version += 1
        self.test_function = None

    def option_values(self) -> dict[str, Any]:
        """Return the options by name, checked and resolved, as arguments of `compile`."""
        options = self.compiled_options
        return {one.name: getattr(options, one.name) for one in dataclasses.fields(options)}

    def optimizer_of(self, role: str) -> keras.optimizers.Optimizer | None:
        """Return the optimizer of a role, or None where it has nothing to train.

        Raises:
            ValueError: if the objective has no such role.
            AttributeError: before `compile`.
        """
        names = [one.name for one in self.roles]
        if role not in names:
            raise ValueError(
                f"{type(self).__name__} has no role {role!r}. Choose from: {', '.join(names)}."
            )
        if not self.compiled:
            raise AttributeError(f"Call {type(self).__name__}.compile(...) first.")
        return self.optimizer.of(role)

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return the arguments of `compile`, serialised."""
        if not self.compiled:
            return None
        arguments = {
            name: value.argument() if isinstance(value, Coefficient) else value
            for name, value in self.option_values().items()
        }
        arguments |= {role.keyword: self.optimizer.of(role.name) for role in self.roles}
        return keras.saving.serialize_keras_object({**arguments, **self._execution})

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as the saved model was; built optimizers are ready to take their saved state."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def trace_state(self) -> tuple[Any, ...]:
        """Return what a traced step holds besides variables: another one is traced anew."""
        owned = [v for role in self.roles for v in self.optimizer.variables_of(role.name)]
        trainable = [id(variable) for variable in owned if variable.trainable]
        execution = (self.run_eagerly, self.jit_compile, self.steps_per_execution)
        return (self._version, self.seed, execution, trainable)

    def check_trainable(self) -> None:
        """Raise if a layer was unfrozen since `compile`, which gave it no optimizer."""
        for role, variables in optimizers.variables_by_role(self, self.roles).items():
            known = {id(v) for v in self.optimizer.variables_of(role)}
            for variable in variables:
                if id(variable) not in known:
                    raise ValueError(
                        f"{variable.path!r}, of the {role}, was frozen when the model was "
                        "compiled, so no optimizer moves it. Call compile(...) again."
                    )

    def evaluate(self, *args: Any, divergence: Any = None, **kwargs: Any) -> Any:
        """Measure the bound on data; arguments as `Trainer.evaluate`.

        Args:
            *args: as of `Trainer.evaluate`.
            divergence: which divergence is bounded; by default the one that is minimised.
            **kwargs: as of `Trainer.evaluate`.

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

        The last update's last step is reported.
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
        taken = self._step(last, self._share(batch, done + final), last.first + final)
        return self._report(last, taken, self._share(batch, done + final), batch.condition)

    def _repeat(self, update: Update, batch: Batch, done: int, times: int) -> None:
        def step(index: tf.Tensor) -> None:
            self._step(update, self._share(batch, done + index), update.first + index)

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
        self,
        update: Update,
        taken: gradients.Gradients,
        batch: Batch,
        condition: tf.Tensor | None,
    ) -> dict[str, tf.Tensor]:
        """Count the step, track its losses, and note the first term that was not finite."""
        self._track(self._with_added(taken), batch)
        # A label out of range is NaN, which not every network lets through to its loss.
        terms = {} if condition is None else {"condition (labels out of range?)": condition}
        if batch.weight is not None:
            terms["weights (below zero?)"] = batch.weight
        terms |= taken.losses.terms
        terms |= {f"{role} loss": value for role, value in taken.values.items()}
        added = {role: taken.added[role] for role in update.roles if role in taken.added}
        terms |= {f"what layers add to the {role} loss": value for role, value in added.items()}
        # Roles that share a loss count it once.
        losses = {id(taken.losses.of.get(role, role)): role for role in reversed(taken.values)}
        total = tf.add_n([taken.values[role] for role in reversed(losses.values())])
        total += tf.add_n([tf.cast(one, total.dtype) for one in added.values()]) if added else 0.0
        replicas = self.distribute_strategy.num_replicas_in_sync
        return self.finish_step(total * replicas if replicas > 1 else total, terms)

    def _with_added(self, taken: gradients.Gradients) -> dict[str, Expectation]:
        """Return the logs; one that is a role's loss includes what its layers add."""
        logs = dict(taken.losses.logs)
        replicas = self.distribute_strategy.num_replicas_in_sync
        for role, added in taken.added.items():
            name = f"{role}_loss"
            if name in logs:
                data, model = logs[name]
                added *= replicas
                if model is None:
                    logs[name] = Expectation(data + tf.cast(added, data.dtype))
                else:
                    logs[name] = Expectation(data, model + tf.cast(added, model.dtype))
        return logs

    def train_logs(self) -> dict[str, tf.Tensor]:
        """Return the training metrics' values."""
        logs = {name: tracker.result() for name, tracker in self.trackers.items()}
        return {**super().train_logs(), **logs}

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Measure the bound on a batch, and its standard error."""
        batch = self.batch(data)
        seed = self.evaluation_seed(self.evaluation_tag, self.bound_tracker.count)
        bound = self.bound(batch, seed, self._evaluated.divergence)
        of_model = None
        if bound.value.model is not None:
            of_model = batch.model_weight(tf.shape(bound.value.model)[0])
        on_data = batch.defined(bound.value.data)
        self.bound_tracker.update_state(on_data, bound.value.model, batch.weight, of_model)
        logs = {bound.name: self.bound_tracker.result()}
        logs[f"{bound.name}_se"] = self.bound_tracker.standard_error()
        logs["loss"] = logs[bound.name]
        if bound.loss is not None:
            self._update(self.loss_tracker, bound.loss, batch)
            logs["loss"] = self.loss_tracker.result()
        self._track(bound.logs, batch)
        return logs | {name: self.trackers[name].result() for name in bound.logs}

    def _track(self, logs: Mapping[str, Expectation], batch: Batch) -> None:
        for name, value in logs.items():
            self._update(self.trackers[name], value, batch)

    def _update(self, tracker: keras.metrics.Mean, value: Expectation, batch: Batch) -> None:
        if value.model is None:
            # A value of weight zero takes no part, even where it is not finite.
            tracker.update_state(batch.masked(value.data), sample_weight=batch.weight)
            return
        replicas = self.distribute_strategy.num_replicas_in_sync
        tracker.update_state(value.mean(batch) * replicas)
