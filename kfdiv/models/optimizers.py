"""Which optimizer is whose: every role's is made, kept or refused, on variables of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from kfdiv.arguments import check_number
from kfdiv.models import train_step_schedule
from kfdiv.models.checks import layers_of
from kfdiv.models.optimizer_group import OptimizerGroup
from kfdiv.models.roles import OptimizerOf, Role
from kfdiv.schedules import check_start


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
    scaled = _needs_loss_scaling(model)
    optimizers: dict[str, keras.optimizers.Optimizer | None] = {}
    begun = dict.fromkeys(variables, 0)
    with model.distribute_strategy.scope():
        for role in roles:
            own, identifier = variables[role.name], given[role.name]
            if isinstance(identifier, OptimizerGroup):  # That is what `model.optimizer` is.
                identifier = identifier.of(role.name)
            optimizers[role.name] = None
            if own and current is not None and _is_kept(current, role.name, identifier, own):
                optimizers[role.name] = current.of(role.name)
                begun[role.name] = current.begun()[role.name]
            elif own:
                optimizers[role.name] = _fresh(identifier, role, scaled)
                optimizers[role.name].build(list(own))
                begun[role.name] = int(model.step.numpy())
            elif identifier is not None:
                what = "the model has none" if not role.layers(model) else "it is frozen"
                raise ValueError(
                    f"{role.keyword} was given, but the model has no {role.name} to train: {what}."
                )
        return OptimizerGroup(
            optimizers, variables, given, model.step, begun, _unnamed(model, roles)
        )


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


def _needs_loss_scaling(model: keras.Model) -> bool:
    """Say whether gradients pass through float16, in which small ones are zero.

    Every role's may: those of encoder and decoder pass through a critic.
    """
    if keras.config.dtype_policy().name == "mixed_float16":
        return True
    return any(one.compute_dtype == "float16" for one in layers_of(model))


def _fresh(identifier: Any, role: Role, scaled: bool) -> keras.optimizers.Optimizer:
    """Return an optimizer that no network uses yet; one that does is cloned.

    Args:
        identifier: what `compile` was given.
        role: whose it is.
        scaled: whether it has to scale the loss.
    """
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
    _check_clipping(optimizer, role)
    if optimizer.built:
        optimizer = type(optimizer).from_config(optimizer.get_config())
    if scaled and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _check_rate(optimizer: keras.optimizers.Optimizer, role: Role) -> None:
    """Raise if a rate would climb the loss, or is no number; one of 0 leaves the role as it is."""
    for rate in train_step_schedule.rates(optimizer):
        _check_one_rate(rate, role)


def _check_one_rate(rate: Any, role: Role) -> None:
    if callable(rate):
        of_step = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
        check_start(f"the learning rate of {role.keyword}", rate, of_step=of_step)
        return
    rate = float(keras.ops.convert_to_numpy(rate))
    if not 0.0 <= rate < math.inf:
        raise ValueError(
            f"{role.keyword} must have a finite learning rate of at least 0, but has {rate:g}. "
            f"Lower the default, {role.learning_rate:g}, if training is unstable."
        )


def _check_clipping(optimizer: keras.optimizers.Optimizer, role: Role) -> None:
    """Raise if a bound of gradients is none: Keras would pass over it."""
    for part in train_step_schedule.parts(optimizer):
        for name in ("clipnorm", "global_clipnorm", "clipvalue"):
            bound = getattr(part, name)
            if bound is not None:
                check_number(
                    f"{name} of {role.keyword}",
                    bound,
                    above=0,
                    expected="a positive finite number, or None, which clips nothing",
                )
