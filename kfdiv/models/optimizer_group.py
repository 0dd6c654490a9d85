"""The optimizers of an objective's roles, as one that Keras's callbacks understand."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="kfdiv")
class OptimizerGroup(keras.optimizers.Optimizer):
    """The optimizers of several roles, each on variables of its own.

    Keras looks for `model.optimizer`: its learning-rate callbacks and `SwapEMAWeights` go through
    `optimizers`, its `fit` calls `finalize_variable_values`. `keras.optimizers.MultiOptimizer`
    would refuse loss scaling, and overwrite the scale that a user has set.

    Args:
        optimizers: by role, built; None for a role without weights to train.
        variables: by role, those that its optimizer is built on.
        given: by role, what `compile` was given for it.
        unnamed: roles of whose optimizers the model has no attribute, under which it would save
            them: these are saved with the group.
    """

    def __init__(
        self,
        optimizers: Mapping[str, keras.optimizers.Optimizer | None],
        variables: Mapping[str, Sequence[keras.Variable]],
        given: Mapping[str, Any],
        unnamed: Sequence[str] = (),
    ) -> None:
        super().__init__(learning_rate=0.0, name="roles")
        # Not in containers that Keras walks through: each optimizer is saved under its role.
        self._by_role = types.MappingProxyType(dict(optimizers))
        self._own_variables = types.MappingProxyType(
            {role: tuple(own) for role, own in variables.items()}
        )
        self.unnamed = [optimizers[role] for role in unnamed if optimizers[role] is not None]
        self._given = types.MappingProxyType(dict(given))
        self.built = True

    def was_given(self, role: str, identifier: Any) -> bool:
        """Say whether a role's optimizer, or what it was made of, is this very object."""
        own = self.of(role)
        if own is None or identifier is None or isinstance(identifier, (str, dict)):
            return False
        return any(
            identifier is one
            for one in (own, getattr(own, "inner_optimizer", own), self._given[role])
        )

    def of(self, role: str) -> keras.optimizers.Optimizer | None:
        """Return a role's optimizer, or None."""
        return self._by_role[role]

    def variables_of(self, role: str) -> tuple[keras.Variable, ...]:
        """Return the variables that a role's optimizer was built on."""
        return self._own_variables[role]

    @property
    def optimizers(self) -> OptimizerList:
        """The roles' optimizers, those inside of loss scaling, in the order of the roles."""
        present = [optimizer for optimizer in self._by_role.values() if optimizer is not None]
        return OptimizerList([getattr(one, "inner_optimizer", one) for one in present])

    @property
    def variables(self) -> list[keras.Variable]:
        """All variables of all optimizers."""
        return [v for one in self._by_role.values() if one is not None for v in one.variables]

    @property
    def use_ema(self) -> bool:
        """Whether any role keeps an average of its weights."""
        return any(one.use_ema for one in self.optimizers)

    @use_ema.setter
    def use_ema(self, value: bool) -> None:
        # The base class sets what a group of optimizers has in its parts.
        del value

    @property
    def iterations(self) -> Any:
        """Updates of the role that moves last, which is one a step."""
        return self._last().iterations

    @property
    def learning_rate(self) -> Any:
        """The rate of the role that moves last; setting it sets that of every role."""
        return self._last().learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        for optimizer in self.optimizers:
            optimizer.learning_rate = value

    def _last(self) -> keras.optimizers.Optimizer:
        if not len(self.optimizers):
            raise AttributeError("Every network is frozen: no role has an optimizer.")
        return self.optimizers[-1]

    def finalize_variable_values(self, var_list: Any) -> None:
        """Give every role that averages its weights the averages, as Keras does after `fit`."""
        del var_list
        for role, optimizer in self._by_role.items():
            if optimizer is None or not self.use_ema:
                continue
            variables = self.variables_of(role)
            frozen = [(v, v.numpy()) for v in variables if not v.trainable]
            optimizer.finalize_variable_values(list(variables))
            for variable, value in frozen:
                variable.assign(value)

    def build(self, variables: Any) -> None:
        """Do nothing: the optimizers are built."""

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Refuse: an objective's `train_step` applies each role's optimizer on its own."""
        raise RuntimeError(
            "An objective's optimizers move by its train_step alone. For one of them see "
            "model.optimizer_of(role)."
        )

    def save_own_variables(self, store: Any) -> None:
        """Write nothing: the model saves each role's optimizer under that role."""

    def load_own_variables(self, store: Any) -> None:
        """Read nothing."""

    def get_config(self) -> dict[str, Any]:
        """Return nothing: `compile` makes the group anew."""
        return {}


class OptimizerList(Sequence):
    """A sequence of optimizers; not a list, whose members Keras would save a second time."""

    def __init__(self, optimizers: Sequence[keras.optimizers.Optimizer]) -> None:
        self._members = tuple(optimizers)

    def __getitem__(self, index: Any) -> Any:
        return self._members[index]

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[keras.optimizers.Optimizer]:
        return iter(self._members)
