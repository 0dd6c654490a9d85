"""How every objective is compiled: options, an optimizer for each role, and how steps are executed.

The signature of `compile` is made in `compiling.py`; optimizers are in `optimizers.py`.
"""

from __future__ import annotations

import abc
import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import keras

from kfdiv.models import checks, compiling, constructing, execution, optimizers, remedies
from kfdiv.models.averages import Averages
from kfdiv.models.coefficient import Coefficient
from kfdiv.models.roles import Role
from kfdiv.models.trainer import Trainer


class CompiledModel(Trainer, abc.ABC):
    """A model whose `compile` follows from its roles and from the parameters of its `options`.

    Args:
        seed: seeds every draw, together with the step count.
        name: the model's name.
        **kwargs: passed on to `keras.Model`.
    """

    # Declared by `Objective`, and given by its subclasses.
    roles: ClassVar[tuple[Role, ...]]
    options: Callable[..., Any]

    optimizers_first: ClassVar[bool] = False
    """Whether `compile` takes optimizers by position before it takes options."""

    averages: Averages | None = None
    """Moving averages of weights, of a model that has a use for them."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "roles") and "compile" not in vars(cls):
            cls.compile = compiling.method(cls)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Check the arguments' names before any constructor looks at them."""
        constructing.check_arguments(cls, args, kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, seed: int = 0, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, name=name, **kwargs)
        # What `compile` was told: a frozen dataclass, which Keras does not track.
        self._options: Any = None
        self._version = 0
        self._execution: dict[str, Any] = {}

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
        self._average(run["ema"])
        self._options, self._execution = options, run
        self._version += 1
        super().compile(
            optimizer=group,
            run_eagerly=run["run_eagerly"],
            jit_compile=self._choose(run),
            steps_per_execution=int(run["steps_per_execution"]),
            # Each role's optimizer scales its own loss.
            auto_scale_loss=False,
        )
        group.follow_steps(anew=True)
        self.ensure_built()

    def _average(self, momentum: float | None) -> None:
        """Keep averages from now on, or none."""
        if self.averages is not None:
            with self.distribute_strategy.scope():
                self.averages.keep(momentum)
        elif momentum is not None:
            raise ValueError(f"{type(self).__name__} averages no weights; leave `ema` out.")

    def xla_compatible(self) -> bool:
        """Say whether every part of a train step can be compiled by XLA."""
        return True

    def xla_pays(self) -> bool:
        """Say whether XLA is the faster way to run a train step."""
        return execution.pays_to_compile(self)

    def choose_compiler(self) -> None:
        """Choose anew whether XLA compiles, where that was left open and the model has changed."""
        if self.compiled and self.jit_compile == self._chosen:
            self.jit_compile = self._choose(self._execution)

    def _choose(self, run: Mapping[str, Any]) -> bool:
        self._chosen = run["jit_compile"]
        if self._chosen == "auto":
            self._chosen = not run["run_eagerly"] and self.xla_compatible() and self.xla_pays()
        return self._chosen

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

    def remedies(self) -> list[str]:
        """Return what helps where a loss is not finite, likeliest first, each an imperative."""
        return remedies.of_optimizers(self)

    def nonfinite_report(self) -> str | None:
        """Return which term was not finite first, at which step, and what helps; None if none."""
        found = self.nonfinite_term()
        if found is None:
            return None
        step, term = found
        return (
            f"`{term}` was not finite at step {step} of {type(self).__name__}. Weights from that "
            "step on are not usable; a checkpoint, if there is one, is from before it. "
            + remedies.remedy(self, term)
        )

    def trace_state(self) -> tuple[Any, ...]:
        """Return what a traced step holds besides variables: another one is traced anew."""
        owned = [v for role in self.roles for v in self.optimizer.variables_of(role.name)]
        trainable = [id(variable) for variable in owned if variable.trainable]
        execution = (self.run_eagerly, self.jit_compile, self.steps_per_execution)
        schedules = self.optimizer.schedules()
        return (self._version, self.seed, execution, trainable, schedules)

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
