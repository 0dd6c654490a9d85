"""Who learns in an objective, who moves together, and which optimizer is whose."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras


@dataclasses.dataclass(frozen=True)
class Role:
    """Networks that learn by one optimizer.

    Args:
        name: what losses and errors call it; its argument of `compile` is `<name>_optimizer`.
        networks: the model's attributes that hold its layers; one may be None. By default the
            attribute of the role's name.
        learning_rate: of Adam, where `compile` is given no optimizer.
        beta_1: of that Adam.
        ascends: whether it ascends its loss, as an adversary that shares the loss of others.
        keyword: its argument of `compile`, where that has another name.
        shared: whether other roles' networks may contain its layers, which then are its alone. All
            other layers that two roles reach are refused.

    Example:
        >>> Role("critic").keyword, Role("critic").networks
        ('critic_optimizer', ('critic',))
    """

    name: str
    networks: tuple[str, ...] = ()
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    ascends: bool = False
    keyword: str = ""
    shared: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", self.networks or (self.name,))
        object.__setattr__(self, "keyword", self.keyword or f"{self.name}_optimizer")

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """Return a new optimizer, for where `compile` is given none."""
        return keras.optimizers.Adam(self.learning_rate, beta_1=self.beta_1, name=self.name)

    def layers(self, model: keras.Model) -> list[keras.layers.Layer]:
        """Return the layers of `model` that this role owns."""
        found = [getattr(model, name) for name in self.networks]
        return [layer for layer in found if layer is not None]


@dataclasses.dataclass(frozen=True)
class Update:
    """Roles that move together, each on its own loss, all gradients taken before any moves.

    Args:
        roles: their names.
        steps: how often they do in a train step.
        tag: of their draws' seeds.
        first: number of the first of these draws.

    Example:
        >>> Update(("critic",), steps=5).steps
        5
    """

    roles: tuple[str, ...]
    steps: int = 1
    tag: str = "update"
    first: int = 0


class OptimizerOf:
    """An attribute of an objective: the optimizer of one of its roles, or None.

    Args:
        role: the role's name.
    """

    def __init__(self, role: str) -> None:
        self.role = role

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        return self if model is None else model.optimizer_of(self.role)

    def __set__(self, model: Any, value: Any) -> None:
        raise AttributeError(
            f"The optimizer of the {self.role} is set by compile(...), which builds it on the "
            "weights that it moves."
        )


class Option:
    """An attribute of an objective: an option that `compile` took, and that may be set anew.

    What is set is checked as `compile` checks it, and used from the next step on: the step is
    traced again.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        return self if model is None else model.option_values()[self._name]

    def __set__(self, model: Any, value: Any) -> None:
        model.change_options(**{self._name: value})
