"""What DRAW's encoder reads of an image, and of what is still wrong with the canvas.

Each layer is called with the image x, the error x - x_hat and the decoder's hidden state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import keras
import tensorflow as tf

from kfdiv.arguments import check_count
from kfdiv.distributions.conditional_distribution import full_precision
from kfdiv.networks.draw.window import window


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class FullRead(keras.layers.Layer):
    """All of both, `read = [x, x - x_hat]` (Gregor et al. 2015, eq. 17).

    Example:
        >>> FullRead()(tf.ones((2, 3)), tf.ones((2, 3)), tf.ones((2, 8))).shape
        TensorShape([2, 6])
    """

    def call(self, x: tf.Tensor, error: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
        """Return a vector an example."""
        return _vectors([x, error])

    def output_shape_of(self, event_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the shape of what is read of one example."""
        return (2 * tf.TensorShape(event_shape).num_elements(),)

    def build_for(self, event_shape: Sequence[int], hidden_shape: Sequence[int]) -> None:
        """Make the weights, of which there are none."""
        self.built = True


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class AttentiveRead(keras.layers.Layer):
    """Both through a window of N x N Gaussian filters (Gregor et al. 2015, eqs. 19 to 27).

    Args:
        size: N, at least 2.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = check_count("read_size", size, least=2)
        self.parameters = keras.layers.Dense(5, dtype=self.dtype_policy)

    def call(self, x: tf.Tensor, error: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
        """Return a vector an example; where the window is, the decoder's hidden state says."""
        parameters = full_precision(self.parameters(hidden))
        chosen = window(parameters, self.size, *x.shape[1:3])
        return _vectors([chosen.read(tf.cast(one, parameters.dtype)) for one in (x, error)])

    def output_shape_of(self, event_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the shape of what is read of one example."""
        return (2 * self.size**2 * event_shape[-1],)

    def build_for(self, event_shape: Sequence[int], hidden_shape: Sequence[int]) -> None:
        """Make the weights."""
        self.parameters.build((None, *hidden_shape))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size}


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class ConvRead(keras.layers.Layer):
    """Both through a convolution with a stride (Gregor et al. 2016, convolutional DRAW).

    Args:
        filters: feature maps.
        stride: by which the sides shrink; the kernel's are `2 stride + 1`.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    def __init__(self, filters: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters, self.stride = filters, stride
        self.convolution = keras.layers.Conv2D(
            filters, 2 * stride + 1, stride, padding="same", dtype=self.dtype_policy
        )

    def call(self, x: tf.Tensor, error: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
        """Return feature maps."""
        return self.convolution(tf.concat([x, error], axis=-1))

    def output_shape_of(self, event_shape: Sequence[int]) -> tuple[int, ...]:
        """Return the shape of what is read of one example."""
        return (event_shape[0] // self.stride, event_shape[1] // self.stride, self.filters)

    def build_for(self, event_shape: Sequence[int], hidden_shape: Sequence[int]) -> None:
        """Make the weights."""
        self.convolution.build((None, *event_shape[:2], 2 * event_shape[2]))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "filters": self.filters, "stride": self.stride}


def _vectors(parts: Sequence[tf.Tensor]) -> tf.Tensor:
    """Flatten what is read, and put it side by side."""
    sizes = [part.shape[1:].num_elements() for part in parts]
    flat = [tf.reshape(part, [-1, size]) for part, size in zip(parts, sizes, strict=True)]
    return tf.concat(flat, axis=-1)
