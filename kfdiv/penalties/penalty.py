"""The contract of a penalty on a critic's slope in its inputs."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kfdiv.arguments import check_number
from kfdiv.losses import AdversarialLoss
from kfdiv.registry import Registry

registry = Registry("penalty")

Inputs = Sequence[tf.Tensor]
Critic = Callable[[Inputs], tf.Tensor]
Sides = tuple[tf.Tensor | None, tf.Tensor | None]


@dataclasses.dataclass(frozen=True)
class Penalty(abc.ABC):
    """A cost of the slope of a critic v in its inputs, `E_P[a] + E_Q[b]`, added to its loss.

    A member is a frozen dataclass, and one new file.

    Args:
        weight: what it is multiplied by, at least 0.

    Raises:
        ValueError: if the weight is negative or not finite.
    """

    weight: float = 10.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", check_number("weight", self.weight, least=0.0))

    def check(self, loss: AdversarialLoss | None) -> None:  # noqa: B027 - most fit any critic.
        """Raise a ValueError if the penalty is none of a critic that minimises `loss`."""

    @abc.abstractmethod
    def sides(
        self,
        critic: Critic,
        data: Inputs,
        model: Inputs,
        seed: tf.Tensor,
        loss: AdversarialLoss | None = None,
    ) -> Sides:
        """Return a and b, before they are weighted.

        Args:
            critic: gives raw outputs v, shape `(batch,)`, of such inputs.
            data: what the critic takes of draws of P, float tensors of shape `(batch, ...)`.
            model: of draws of Q, as many.
            seed: int32, shape `(2,)`.
            loss: what the critic minimises; None is logistic regression, of P against Q.

        Returns:
            Values of shape `(batch,)` on data and on the model, or None for a side that is zero.
        """

    def __call__(
        self,
        critic: Critic,
        data: Inputs,
        model: Inputs,
        seed: tf.Tensor,
        loss: AdversarialLoss | None = None,
    ) -> Sides:
        """Return a and b, weighted; arguments as of `sides`."""
        sides = self.sides(critic, data, model, seed, loss)
        return tuple(None if side is None else self.weight * side for side in sides)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Penalty:
        """Construct from what `get_config` returned."""
        return cls(**config)


def outputs_and_squared_slopes(critic: Critic, inputs: Inputs) -> tuple[tf.Tensor, tf.Tensor]:
    """Return v and `|dv / d(inputs)|^2`, over all inputs of an example together.

    Args:
        critic: as of `Penalty.sides`.
        inputs: float tensors of shape `(batch, ...)`.

    Returns:
        Two tensors of shape `(batch,)`, differentiable in the critic's weights.

    Example:
        >>> x = tf.constant([[1.0, 2.0]])
        >>> v, slope = outputs_and_squared_slopes(lambda x: 3.0 * x[0][:, 0] - x[0][:, 1], [x])
        >>> v.numpy(), slope.numpy()
        (array([1.], dtype=float32), array([10.], dtype=float32))
    """
    inputs = [tf.stop_gradient(one) for one in inputs]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = critic(inputs)
    # An example's output is a function of its own inputs, unless the critic mixes the batch.
    slopes = tape.gradient(outputs, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    squares = [tf.reduce_sum(tf.square(tf.reshape(s, [tf.shape(s)[0], -1])), -1) for s in slopes]
    return outputs, tf.add_n([tf.cast(square, outputs.dtype) for square in squares])


def norm(squared: tf.Tensor) -> tf.Tensor:
    """Return the root of `squared`, whose gradient is zero, not infinite, where that is zero.

    Example:
        >>> norm(tf.constant([4.0, 0.0])).numpy()
        array([2., 0.], dtype=float32)
    """
    positive = squared > 0
    root = tf.sqrt(tf.where(positive, squared, tf.ones_like(squared)))
    return tf.where(positive, root, tf.zeros_like(root))
