"""What DRAW's decoder adds to the canvas; each layer is called with its hidden state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, final

import keras
import tensorflow as tf

from kfdiv.arguments import check_count
from kfdiv.distributions.conditional_distribution import full_precision
from kfdiv.networks.draw.window import window


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class FullWrite(keras.layers.Layer):
    """All of the canvas, `write = W(h)` (Gregor et al. 2015, eq. 18).

    Args:
        event_shape: of the canvas.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
        >>> FullWrite((4, 4, 1))(tf.ones((2, 8))).shape
        TensorShape([2, 4, 4, 1])
    """

    def __init__(self, event_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.event_shape = tuple(event_shape)
        self.dense = keras.layers.Dense(math.prod(self.event_shape), dtype=self.dtype_policy)

    def build(self, hidden_shape: tuple[int | None, ...]) -> None:
        """Make the weights."""
        self.dense.build(hidden_shape)

    def call(self, hidden: tf.Tensor) -> tf.Tensor:
        """Return what is added."""
        return tf.reshape(self.dense(hidden), [-1, *self.event_shape])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "event_shape": self.event_shape}


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class AttentiveWrite(keras.layers.Layer):
    """A patch, through a window of N x N Gaussian filters (Gregor et al. 2015, eqs. 28 and 29).

    Args:
        event_shape: of the canvas, `(height, width, channels)`.
        size: N, at least 2.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    def __init__(self, event_shape: Sequence[int], size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.event_shape = tuple(event_shape)
        self.size = check_count("write_size", size, least=2)
        self._patch_shape = (self.size, self.size, self.event_shape[-1])
        self.parameters = keras.layers.Dense(5, dtype=self.dtype_policy)
        self.patch = keras.layers.Dense(math.prod(self._patch_shape), dtype=self.dtype_policy)

    def build(self, hidden_shape: tuple[int | None, ...]) -> None:
        """Make the weights."""
        self.parameters.build(hidden_shape)
        self.patch.build(hidden_shape)

    def call(self, hidden: tf.Tensor) -> tf.Tensor:
        """Return what is added."""
        parameters = full_precision(self.parameters(hidden))
        patch = tf.reshape(full_precision(self.patch(hidden)), [-1, *self._patch_shape])
        return window(parameters, self.size, *self.event_shape[:2]).write(patch)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "event_shape": self.event_shape, "size": self.size}


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class ConvWrite(keras.layers.Layer):
    """All of the canvas, through a transposed convolution (Gregor et al. 2016).

    Args:
        channels: of the canvas.
        stride: by which the sides grow; the kernel's are `2 stride + 1`.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    def __init__(self, channels: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels, self.stride = channels, stride
        self.convolution = keras.layers.Conv2DTranspose(
            channels, 2 * stride + 1, stride, padding="same", dtype=self.dtype_policy
        )

    def build(self, hidden_shape: tuple[int | None, ...]) -> None:
        """Make the weights."""
        self.convolution.build(hidden_shape)

    def call(self, hidden: tf.Tensor) -> tf.Tensor:
        """Return what is added."""
        return self.convolution(hidden)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "channels": self.channels, "stride": self.stride}
