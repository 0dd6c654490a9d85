"""A convolutional LSTM's step, which Keras has inside of a layer alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import keras
import tensorflow as tf


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class ConvLSTMCell(keras.layers.Layer):
    """An LSTM whose products are 3 x 3 convolutions.

    `(i, f, g, o) = K * [x, h] + b`, `c' = s(f) c + s(i) tanh(g)`, `h' = s(o) tanh(c')`; s is the
    sigmoid, and the bias of f starts at 1.

    Args:
        maps_shape: `(height, width, filters)` of its states.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
        >>> cell = ConvLSTMCell((4, 4, 8))
        >>> cell.build((None, 4, 4, 3))
        >>> zeros = tf.zeros((2, 4, 4, 8))
        >>> cell(tf.ones((2, 4, 4, 3)), [zeros, zeros])[0].shape
        TensorShape([2, 4, 4, 8])

    Source: Shi et al. 2015, without their peepholes.
    """

    def __init__(self, maps_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.maps_shape = tuple(maps_shape)
        self.state_size = [self.maps_shape, self.maps_shape]
        filters = self.maps_shape[-1]
        self.convolution = keras.layers.Conv2D(
            4 * filters, 3, padding="same", use_bias=False, dtype=self.dtype_policy
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of a shape `(batch, height, width, channels)`."""
        filters = self.maps_shape[-1]
        self.convolution.build((*input_shape[:-1], input_shape[-1] + filters))
        # Three of the four biases start at zero.
        self.bias = self.add_weight((4 * filters,), initializer="zeros", name="bias")
        self.bias.assign(tf.repeat(tf.constant([0.0, 1.0, 0.0, 0.0], self.bias.dtype), filters))

    def call(
        self, inputs: tf.Tensor, states: Sequence[tf.Tensor]
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return the new hidden state, and both new states."""
        hidden, memory = states
        gates = self.convolution(tf.concat([inputs, hidden], axis=-1)) + self.bias
        enter, keep, new, leave = tf.split(gates, 4, axis=-1)
        memory = tf.sigmoid(keep) * memory + tf.sigmoid(enter) * tf.tanh(new)
        hidden = tf.sigmoid(leave) * tf.tanh(memory)
        return hidden, [hidden, memory]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "maps_shape": self.maps_shape}
