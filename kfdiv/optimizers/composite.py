"""Several optimizers in turn on the same variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


# The name that it had in `.keras` files before: they are still to be loaded.
@keras.saving.register_keras_serializable(package="kfdiv", name="Chain")
class CompositeOptimizer(keras.optimizers.Optimizer):
    """Applies the same gradients by each optimizer in turn, `w <- w + sum_k delta_k(g)`.

    With schedules that are zero outside their time, `CompositeOptimizer([first, second])` hands
    over from one optimizer to another at a step, inside one compiled train step.

    Its learning rate is the sum of its parts' rates: where one hands over to another, the rate of
    the one whose turn it is. A number that is set as its learning rate, by a callback of Keras's
    for example, scales the rates of all parts alike; a part that follows a schedule refuses that.

    Args:
        optimizers: Keras optimizers that no model uses yet.
        name: the optimizer's name.

    Raises:
        TypeError: if one is no Keras optimizer.
        ValueError: if there are none, or one is in use, averages weights, or scales losses.

    Example:
        >>> import keras
        >>> handover = keras.optimizers.schedules.PiecewiseConstantDecay
        >>> optimizer = CompositeOptimizer([
        ...     keras.optimizers.Adam(handover([99], [1e-4, 0.0])),  # steps 0 to 99
        ...     keras.optimizers.SGD(handover([99], [0.0, 5e-5])),  # from step 100 on
        ... ])
        >>> weight = keras.Variable([1.0])
        >>> optimizer.apply([tf.constant([2.0])], [weight])
        >>> weight.numpy().round(4)
        array([0.9999], dtype=float32)
    """

    def __init__(
        self, optimizers: Sequence[keras.optimizers.Optimizer], name: str = "composite"
    ) -> None:
        # A rate of its own is never applied, but its variable is in the files of before.
        super().__init__(learning_rate=0.0, name=name)
        if not optimizers:
            raise ValueError("CompositeOptimizer received no optimizers; pass at least one.")
        for optimizer in optimizers:
            _check_part(optimizer)
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
        if not self.built and trainable_variables is not None:
            self.build(trainable_variables)
        for optimizer in self.optimizers:
            optimizer.apply(grads, trainable_variables)
        self.iterations.assign_add(1)

    @property
    def learning_rate(self) -> Any:
        """The sum of the parts' learning rates at their next step, a scalar."""
        return sum(tf.convert_to_tensor(part.learning_rate) for part in self.optimizers)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            raise TypeError(
                f"The optimizer {self.name!r} consists of {self._part_names()}, and one schedule "
                "cannot be all of theirs. Give each part its own when it is made."
            )
        # Of a schedule or another function, Keras gives the value; of a number, its variable.
        scheduled = [
            part.name
            for part in self.optimizers
            if not isinstance(part.learning_rate, keras.Variable)
        ]
        if scheduled:
            raise TypeError(
                f"The learning rate of the optimizer {self.name!r} cannot be set to {value!r}: its "
                f"parts {', '.join(scheduled)} follow schedules. Change the schedules, or leave "
                "out the callback that sets the rate."
            )
        current = float(self.learning_rate)
        if current == 0.0:
            raise ValueError(
                f"The learning rate of the optimizer {self.name!r} cannot be set to {value!r}: the "
                f"rates of its parts {self._part_names()} are all 0, and scaling leaves them so. "
                "Set the rates of its `optimizers` one by one."
            )
        for part in self.optimizers:
            part.learning_rate = float(part.learning_rate) * float(value) / current

    @property
    def variables(self) -> list[keras.Variable]:
        """This optimizer's variables and those of its parts: what is saved."""
        return [*super().variables, *(v for part in self.optimizers for v in part.variables)]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Set all of `variables`, the parts' too."""
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, serialised."""
        serialize = keras.optimizers.serialize
        return {"name": self.name, "optimizers": [serialize(part) for part in self.optimizers]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> CompositeOptimizer:
        """Rebuild the optimizer that `get_config` described."""
        parts = [
            keras.optimizers.deserialize(part, custom_objects) for part in config["optimizers"]
        ]
        return cls(parts, name=config["name"])

    def _part_names(self) -> str:
        return ", ".join(part.name for part in self.optimizers)


def _check_part(optimizer: Any) -> None:
    """Raise if an optimizer cannot be one of several on the same variables."""
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise TypeError(
            f"CompositeOptimizer is made of Keras optimizers, but got {optimizer!r}. Resolve names "
            "and configs by keras.optimizers.get(...)."
        )
    if optimizer.built:
        raise ValueError(
            f"The optimizer {optimizer.name!r} is in use already: its slots fit the variables it "
            "has. Make a new one."
        )
    if optimizer.use_ema:
        raise ValueError(
            f"The optimizer {optimizer.name!r} has use_ema=True, but its average would miss what "
            "the other parts of a CompositeOptimizer do. Leave it out."
        )
    if optimizer.loss_scale_factor is not None or isinstance(
        optimizer, keras.optimizers.LossScaleOptimizer
    ):
        raise ValueError(
            f"The optimizer {optimizer.name!r} scales the loss, which is one for all parts of a "
            "CompositeOptimizer. Wrap that in keras.optimizers.LossScaleOptimizer instead."
        )
