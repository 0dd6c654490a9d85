"""The contract of what a model is conditional on."""

from __future__ import annotations

import abc
from typing import Any

import keras
import tensorflow as tf


class Condition(keras.layers.Layer, abc.ABC):
    """Turns the y of data `(x, y)` into vectors c, which networks take beside their input.

    It has no parameters: what a label means, each network learns in the layer that c enters.

    Args:
        size: of a vector.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    num_classes: int | None = None
    """How many labels there are, 0 to `num_classes - 1`; None where y is something else."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs, autocast=False)
        self.size = size

    def build(self, input_shape: object = None) -> None:
        """Create nothing."""

    @abc.abstractmethod
    def call(self, y: tf.Tensor) -> tf.Tensor:
        """Return the vectors of a batch of y, a float tensor of shape `(batch, size)`."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Return what y is, in words."""

    @abc.abstractmethod
    def check(self, y: Any) -> None:
        """Raise a ValueError, saying what is wrong, if `y` is no batch of what is expected."""

    @abc.abstractmethod
    def spec(self) -> tf.TensorSpec:
        """Return the signature of what `rows` takes in an exported graph: one, or one for each."""

    def rows(self, condition: Any, count: int | tf.Tensor) -> tf.Tensor:
        """Return the vectors of `count` examples or draws, shape `(count, size)`.

        Args:
            condition: one for all of them, or an array of one for each.
            count: how many, a number or an int32 scalar.

        Raises:
            ValueError: if it is no such condition, or there is another number of them.
        """
        y = tf.convert_to_tensor(condition)
        if y.shape.rank is None:
            # In an exported graph, which takes either.
            y = tf.reshape(y, [-1, *self.event_shape])
        elif y.shape.rank == len(self.event_shape):
            y = y[tf.newaxis]
        self.check(y)
        given, wanted = y.shape[0], tf.get_static_value(count)
        if None not in (given, wanted) and given not in (1, wanted):
            raise ValueError(
                f"Received {given} conditions for {wanted} examples or samples; pass one for all, "
                "or one for each."
            )
        # In a graph values are not known before it runs.
        c = tf.debugging.assert_all_finite(self(y), f"The condition must be {self.describe()}")
        return tf.broadcast_to(c, [count, self.size])

    def check_tensor(self, y: Any) -> None:
        """Raise a ValueError if `y` is no tensor: a batch is one, not several by name."""
        if not tf.is_tensor(y):
            raise ValueError(
                f"The condition must be {self.describe()}, one tensor, but got "
                f"{type(y).__name__}: {y!r}."
            )

    @property
    @abc.abstractmethod
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one y."""
