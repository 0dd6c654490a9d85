"""What every step of a flow promises: to be inverted, and to know how it changes volume."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.flows.complete_layer import CompleteLayer
from kfdiv.networks.shapes import as_size


class Bijection(CompleteLayer, abc.ABC):
    """An invertible map of vectors with weights, `x = g(z)`: z is noise, x is data.

    The density of x is that of z times the change of volume, `log p(x) = log p(z) + log |det
    dz/dx|`. Built by its constructor, so that an optimizer can be built on its weights at once. A
    subclass gives `_forward` and `_inverse`. Vectors are float32, or float64 under that policy;
    only the networks within compute in half precision.

    Args:
        size: D, the length of z and of x.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if `size` is not a positive integer.

    Example:
        >>> class Shear(Bijection):
        ...     def _forward(self, z):
        ...         return tf.stack([z[:, 0], z[:, 1] + z[:, 0]], axis=1)
        ...     def _inverse(self, x):
        ...         return tf.stack([x[:, 0], x[:, 1] - x[:, 0]], axis=1), tf.zeros(len(x))
        >>> shear = Shear(size=2)
        >>> z, log_det = shear.inverse(shear.forward([[1.0, 2.0]]))
        >>> z.numpy().tolist(), log_det.numpy().tolist()
        ([[1.0, 2.0]], [0.0])

    Source: Papamakarios et al. 2021, "Normalizing flows for probabilistic modeling and inference",
    eq. 3.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        # The networks within cast what they receive by their own policy.
        super().__init__(**kwargs, autocast=False)
        self.size = as_size(size, "size")

    def forward(self, z: Any) -> tf.Tensor:
        """Return `x = g(z)`, shape `(batch, size)`, for z of that shape.

        Raises:
            ValueError: if z has another shape.
        """
        return self._forward(as_batch(z, (self.size,), density_dtype(self), self.name))

    def inverse(self, x: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Return z with `g(z) = x`, and `log |det dz/dx|` in nats.

        Args:
            x: shape `(batch, size)`.

        Returns:
            Tensors of shapes `(batch, size)` and `(batch,)`.

        Raises:
            ValueError: if x has another shape.
        """
        return self._inverse(as_batch(x, (self.size,), density_dtype(self), self.name))

    def call(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return `inverse(inputs)`, what a density needs."""
        return self.inverse(inputs)

    @abc.abstractmethod
    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        """Return g(z) for z of the right shape and dtype."""

    @abc.abstractmethod
    def _inverse(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return z and `log |det dz/dx|` for x of the right shape and dtype."""


def as_batch(values: Any, event_shape: Sequence[int], dtype: str, name: str) -> tf.Tensor:
    """Return `values` as a tensor of shape `(batch, *event_shape)` and of `dtype`.

    Args:
        values: anything that TensorFlow makes a tensor of.
        event_shape: of one example.
        dtype: what they are cast to.
        name: who received them, for the error.

    Raises:
        ValueError: if they have another shape.

    Example:
        >>> as_batch([[1, 2]], (2,), "float32", "flow").dtype
        tf.float32
    """
    values = tf.convert_to_tensor(values)
    if not values.shape.is_compatible_with((None, *event_shape)):
        raise ValueError(
            f"{name} received values of shape {tuple(values.shape)}, expected "
            f"{('batch', *event_shape)}."
            + (" Add the batch axis." if tuple(values.shape) == tuple(event_shape) else "")
        )
    return tf.cast(values, dtype)
