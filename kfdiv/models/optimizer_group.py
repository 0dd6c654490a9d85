"""The optimizers of an objective's roles, as one that Keras's callbacks understand."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv.models import train_step_schedule


@keras.saving.register_keras_serializable(package="kfdiv")
class OptimizerGroup(keras.optimizers.Optimizer):
    """The optimizers of several roles, each on variables of its own.

    Keras looks for `model.optimizer`: its learning-rate callbacks and `SwapEMAWeights` go through
    `optimizers`, its `fit` calls `finalize_variable_values`. `keras.optimizers.MultiOptimizer`
    would refuse loss scaling, and overwrite the scale that a user has set.

    Schedules of learning rates are functions of the train steps since their optimizer was made for
    the model, `step - begun`: as in Keras a new one begins anew, while all roles keep one pace.

    Args:
        optimizers: by role, built; None for a role without weights to train.
        variables: by role, those that its optimizer is built on.
        given: by role, what `compile` was given for it.
        step: the model's count of train steps.
        begun: by role, the step at which its optimizer was made.
        unnamed: roles of whose optimizers the model has no attribute, under which it would save
            them: these are saved with the group.
    """

    def __init__(
        self,
        optimizers: Mapping[str, keras.optimizers.Optimizer | None],
        variables: Mapping[str, Sequence[keras.Variable]],
        given: Mapping[str, Any],
        step: keras.Variable,
        begun: Mapping[str, int],
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
        self._begun = keras.Variable(
            np.array([begun[role] for role in optimizers]),
            dtype="int64",
            trainable=False,
            aggregation="only_first_replica",
            name="begun",
        )
        # A function, as the step is a weight of the model's and none of the group's.
        self._step = lambda: step.value
        self.built = True

    def begun(self) -> dict[str, int]:
        """Return by role the train step at which its optimizer was made."""
        return dict(zip(self._by_role, self._begun.numpy().tolist(), strict=True))

    def follow_steps(self, anew: bool = False) -> None:
        """Let every schedule go by train steps: also one that was set since `compile`.

        Args:
            anew: whether those that do already take this group's count.
        """
        for index, optimizer in enumerate(self._by_role.values()):
            if optimizer is not None:
                steps = functools.partial(self._steps_since, index)
                train_step_schedule.follow_steps(optimizer, steps, anew)

    def begin_anew(self) -> None:
        """Let every schedule begin at the model's step, as of optimizers that were made there.

        For a model whose step was set after `compile`, as a copy's that goes on from another one.
        """
        self._begun.assign(np.full(self._begun.shape, int(self._step().numpy())))

    def _steps_since(self, index: int) -> tf.Tensor:
        # Weights of an earlier step may have been taken back.
        return tf.maximum(self._step() - self._begun.value[index], 0)

    def schedules(self) -> list[Any]:
        """Return the schedules that rates were given as, None where one is a number."""
        present = [optimizer for optimizer in self._by_role.values() if optimizer is not None]
        return [rate for one in present for rate in train_step_schedule.schedules(one)]

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
        """All variables of all optimizers, and the steps at which they were made."""
        present = [optimizer for optimizer in self._by_role.values() if optimizer is not None]
        return [*(v for optimizer in present for v in optimizer.variables), self._begun]

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
        """Write when optimizers were made; the model saves each of them under its role."""
        store["0"] = self._begun.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read when optimizers were made.

        A file of an earlier version does not say, and one of a model that was not compiled has no
        optimizers: then it is as many steps ago as the role that moves once a step has moved.
        """
        if "0" in store:
            self._begun.assign(store["0"])
        elif len(self.optimizers):
            moves = tf.cast(tf.convert_to_tensor(self.iterations), tf.int64)
            self._begun.assign(tf.fill(self._begun.shape, tf.maximum(self._step() - moves, 0)))

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
