"""The optimizers of an objective's roles, as one that Keras's callbacks understand."""

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from kfdiv.models.roles import OptimizerOf, Role


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


def variables_by_role(
    model: keras.Model, roles: Sequence[Role]
) -> dict[str, tuple[keras.Variable, ...]]:
    """Return the trainable variables of every role, each variable of one role alone.

    Raises:
        ValueError: if networks of two roles share a variable that no role was given for, or a
            trainable variable is no role's.
    """
    owner: dict[int, str] = {}
    found: dict[str, tuple[keras.Variable, ...]] = {}
    for role in sorted(roles, key=lambda role: not role.shared):
        own = {id(v): v for layer in role.layers(model) for v in layer.trainable_variables}
        for key in list(own):
            other = owner.setdefault(key, role.name)
            if other == role.name:
                continue
            if not any(one.shared for one in roles if one.name == other):
                raise ValueError(
                    f"The variable {own[key].path!r} belongs to the networks of both {other} and "
                    f"{role.name}, each of which would move it by a loss of its own. Give every "
                    "role layers of its own, or freeze the shared layer (layer.trainable = False)."
                )
            del own[key]
        found[role.name] = tuple(own.values())
    for variable in model.trainable_variables:
        if id(variable) not in owner:
            raise ValueError(
                f"The variable {variable.path!r} belongs to none of the roles that learn "
                f"({', '.join(role.name for role in roles)}), so nothing would move it. Freeze its "
                "layer: layer.trainable = False."
            )
    return {role.name: found[role.name] for role in roles}


def make_group(
    model: keras.Model,
    roles: Sequence[Role],
    given: Mapping[str, Any],
    current: OptimizerGroup | None,
) -> OptimizerGroup:
    """Return the roles' optimizers, built: Keras restores the state of built optimizers only.

    Args:
        model: whose roles they are.
        roles: all of them.
        given: by role, what `compile` was given: an optimizer, its name, its config, or None.
        current: the group that `model` was compiled with before. An optimizer of it that is given
            again for the same variables is kept, with its moments.

    Raises:
        ValueError: if an optimizer was given for what has no weights to train, or one object for
            several roles.
    """
    _refuse_one_for_several(roles, given)
    variables = variables_by_role(model, roles)
    optimizers: dict[str, keras.optimizers.Optimizer | None] = {}
    with model.distribute_strategy.scope():
        for role in roles:
            own, identifier = variables[role.name], given[role.name]
            if isinstance(identifier, OptimizerGroup):  # That is what `model.optimizer` is.
                identifier = identifier.of(role.name)
            optimizers[role.name] = None
            if own and current is not None and _is_kept(current, role.name, identifier, own):
                optimizers[role.name] = current.of(role.name)
            elif own:
                optimizers[role.name] = _fresh(identifier, role)
                optimizers[role.name].build(list(own))
            elif identifier is not None:
                what = "the model has none" if not role.layers(model) else "it is frozen"
                raise ValueError(
                    f"{role.keyword} was given, but the model has no {role.name} to train: {what}."
                )
        return OptimizerGroup(optimizers, variables, given, _unnamed(model, roles))


def _refuse_one_for_several(roles: Sequence[Role], given: Mapping[str, Any]) -> None:
    """Raise if several roles were given one optimizer, which holds the moments of one alone."""
    keywords: dict[int, str] = {}
    for role in roles:
        one = given[role.name]
        if not isinstance(one, keras.optimizers.Optimizer) or isinstance(one, OptimizerGroup):
            continue
        other = keywords.setdefault(id(one), role.keyword)
        if other != role.keyword:
            raise ValueError(
                f"{other} and {role.keyword} are the same {type(one).__name__} object, but every "
                "role needs an optimizer of its own. Make one for each, or give its name or config."
            )


def _unnamed(model: keras.Model, roles: Sequence[Role]) -> list[str]:
    """Return the roles of whose optimizers the model's class has no attribute."""
    attributes = [value for cls in type(model).__mro__ for value in vars(cls).values()]
    named = {one.role for one in attributes if isinstance(one, OptimizerOf)}
    return [role.name for role in roles if role.name not in named]


def _is_kept(
    current: OptimizerGroup, role: str, identifier: Any, own: Sequence[keras.Variable]
) -> bool:
    same = current.was_given(role, identifier)
    return same and [id(v) for v in own] == [id(v) for v in current.variables_of(role)]


def _fresh(identifier: Any, role: Role) -> keras.optimizers.Optimizer:
    """Return an optimizer that no network uses yet; one that does is cloned."""
    try:
        optimizer = (
            role.default_optimizer() if identifier is None else keras.optimizers.get(identifier)
        )
    except ValueError as error:
        raise ValueError(
            f"{role.keyword} must be an optimizer, its name, such as 'adam', or its config, but "
            f"got {identifier!r}."
        ) from error
    _check_rate(optimizer, role)
    if optimizer.built:
        optimizer = type(optimizer).from_config(optimizer.get_config())
    if keras.config.dtype_policy().name == "mixed_float16" and not isinstance(
        optimizer, keras.optimizers.LossScaleOptimizer
    ):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _check_rate(optimizer: keras.optimizers.Optimizer, role: Role) -> None:
    """Raise if a rate would climb the loss, or is no number; one of 0 leaves the role as it is."""
    rate = getattr(optimizer, "_learning_rate", None)  # Keras's property would call a schedule.
    if rate is None or isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return
    rate = float(keras.ops.convert_to_numpy(rate))
    if not 0.0 <= rate < math.inf:
        raise ValueError(
            f"{role.keyword} must have a finite learning rate of at least 0, but has {rate:g}. "
            f"Lower the default, {role.learning_rate:g}, if training is unstable."
        )
