"""Several optimizers in turn on the same variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="kfdiv")
class Chain(keras.optimizers.Optimizer):
    """Applies the same gradients by each optimizer in turn, `w <- w + sum_k delta_k(g)`.

    With schedules that are zero outside their time, `Chain([first, second])` hands over from one
    optimizer to another at a step, inside one compiled train step.

    Args:
        optimizers: Keras optimizers that no model uses yet.
        name: the optimizer's name.

    Raises:
        ValueError: if there are none.

    Example:
        >>> import keras
        >>> handover = keras.optimizers.schedules.PiecewiseConstantDecay
        >>> optimizer = Chain([
        ...     keras.optimizers.Adam(handover([99], [1e-4, 0.0])),  # steps 0 to 99
        ...     keras.optimizers.SGD(handover([99], [0.0, 5e-5])),  # from step 100 on
        ... ])
        >>> weight = keras.Variable([1.0])
        >>> optimizer.apply([tf.constant([2.0])], [weight])
        >>> weight.numpy().round(4)
        array([0.9999], dtype=float32)
    """

    def __init__(
        self, optimizers: Sequence[keras.optimizers.Optimizer], name: str = "chain"
    ) -> None:
        super().__init__(learning_rate=0.0, name=name)
        if not optimizers:
            raise ValueError("Chain received no optimizers; pass at least one.")
        self.optimizers = list(optimizers)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Create every optimizer's slots."""
        if self.built:
            return
        for optimizer in self.optimizers:
            optimizer.build(variables)
        super().build(variables)

    def apply(
        self,
        grads: Sequence[tf.Tensor],
        trainable_variables: Sequence[keras.Variable] | None = None,
    ) -> None:
        """Take a step of each optimizer."""
        if not self.built:
            self.build(trainable_variables)
        for optimizer in self.optimizers:
            optimizer.apply(grads, trainable_variables)
        self.iterations.assign_add(1)

    @property
    def variables(self) -> list[keras.Variable]:
        """This optimizer's variables and those of the chained ones: what is saved."""
        return self._variables + [v for optimizer in self.optimizers for v in optimizer.variables]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        serialize = keras.optimizers.serialize
        return {"name": self.name, "optimizers": [serialize(part) for part in self.optimizers]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Chain:
        """Rebuild the chain that `get_config` described."""
        parts = [
            keras.optimizers.deserialize(part, custom_objects) for part in config["optimizers"]
        ]
        return cls(parts, name=config["name"])
