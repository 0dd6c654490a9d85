"""How every objective is compiled: any number of optimizers, saved with the model."""

from __future__ import annotations

import abc
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import keras

from kfdiv.models import checks, execution, optimization


class Compilable(keras.Model, abc.ABC):
    """A Keras model with a `compile` of its own, whose arguments are saved with it.

    Args:
        **kwargs: passed on to `keras.Model`.
    """

    # Of one example of the data; set by subclasses before they are compiled.
    event_shape: tuple[int, ...]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # In a namespace, because Keras would track the divergences and optimizers in a plain
        # dict as parts of the model.
        self._compiled = types.SimpleNamespace(arguments={}, divergence=None)

    def xla_compatible(self) -> bool:
        """Say whether every part of a train step can be compiled by XLA."""
        return True

    def configure(
        self,
        arguments: Mapping[str, Any],
        run_eagerly: bool,
        jit_compile: bool | str,
        steps_per_execution: int,
    ) -> None:
        """Finish a subclass's `compile`: keep its arguments, and choose how a step is executed.

        Args:
            arguments: the subclass's own arguments of `compile`, resolved; saved with the model.
            run_eagerly: step through Python, for debugging.
            jit_compile: True, False, or "auto": XLA where it pays.
            steps_per_execution: train steps in one compiled call.
        """
        checks.check_execution(run_eagerly, jit_compile, steps_per_execution)
        steps_per_execution = int(steps_per_execution)
        self._compiled.arguments = {
            **arguments,
            "run_eagerly": run_eagerly,
            "jit_compile": jit_compile,
            "steps_per_execution": steps_per_execution,
        }
        if jit_compile == "auto":
            jit_compile = (
                not run_eagerly and self.xla_compatible() and execution.pays_to_compile(self)
            )
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
        )
        self.ensure_built()

    def ensure_built(self) -> None:
        """Tell Keras that the model is built: its networks came so, and it needs no data."""
        if not self.built:
            self.build((None, *self.event_shape))

    def get_compile_config(self) -> dict[str, Any]:
        """Return the arguments of `compile`, serialised."""
        return keras.saving.serialize_keras_object(self._compiled.arguments)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as the saved model was; built optimizers are ready to take their saved state."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def optimizer_for(
        self,
        identifier: Any,
        variables: Iterable[keras.Variable],
        default: Callable[[], keras.optimizers.Optimizer],
    ) -> keras.optimizers.Optimizer:
        """Return an optimizer built on `variables`: Keras restores built optimizers only."""
        with self.distribute_strategy.scope():
            optimizer = optimization.get_optimizer(identifier, default)
            optimizer.build(list(variables))
        return optimizer

    def build_optimizers(
        self,
        networks: Mapping[str, keras.layers.Layer | None],
        identifiers: Iterable[Any],
        default: Callable[[str], keras.optimizers.Optimizer],
    ) -> dict[str, keras.optimizers.Optimizer | None]:
        """Set and return `<role>_optimizer` for every role, None where there is nothing to train.

        Args:
            networks: by role.
            identifiers: what `compile` was given for each, in the same order.
            default: makes a role's optimizer where that is None.

        Raises:
            ValueError: if an optimizer was given for what has no weights to train.
        """
        built = {}
        for (role, network), identifier in zip(networks.items(), identifiers, strict=True):
            variables = [] if network is None else network.trainable_variables
            optimizer = None
            if variables:
                optimizer = self.optimizer_for(
                    identifier, variables, lambda role=role: default(role)
                )
            elif identifier is not None:
                raise ValueError(
                    f"{role}_optimizer was given, but the model has no {role} to train."
                )
            setattr(self, f"{role}_optimizer", optimizer)
            built[f"{role}_optimizer"] = optimizer
        return built
