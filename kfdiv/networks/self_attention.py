"""The non-local block of SAGAN."""

from __future__ import annotations

from typing import Any, final

import keras
from keras import ops

from kfdiv.networks.spectral_normalization import SpectralNormalization


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class SelfAttention(keras.layers.Layer):
    """Adds to each pixel what it finds elsewhere, `x + gamma o(softmax(q(x) k(x)^T) v(x))`.

    q, k, v and o are 1 x 1 convolutions without bias, spectrally normalised, to C/8, C/8, C/2 and C
    channels; k and v are max-pooled to half the sides. gamma starts at 0, the block as the
    identity.

    It takes and returns feature maps, `(batch, height, width, channels)`.

    Example:
        >>> x = ops.ones((2, 4, 4, 8))
        >>> bool(ops.all(SelfAttention()(x) == x))
        True

    Source: SAGAN (H. Zhang et al. 2019), section 3, with pooling as in Wang et al. 2018; Shen et
    al. 2020, Table 11.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool = keras.layers.MaxPooling2D(2, padding="same")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the four convolutions for the number of channels."""
        channels = input_shape[-1]
        few, some = max(1, channels // 8), max(1, channels // 2)
        self.query, self.key, self.value = map(_pointwise, (few, few, some))
        for layer in (self.query, self.key, self.value):
            layer.build(input_shape)
        self.output_layer = _pointwise(channels)
        self.output_layer.build((*input_shape[:-1], some))
        self.gamma = self.add_weight((), initializer="zeros", name="gamma")

    def call(self, x: Any) -> Any:
        """Return the maps with what was found."""
        query = _flat(self.query(x))
        key, value = _flat(self.pool(self.key(x))), _flat(self.pool(self.value(x)))
        attention = ops.softmax(ops.matmul(query, ops.swapaxes(key, 1, 2)))
        found = ops.matmul(attention, value)
        found = ops.reshape(found, (-1, *x.shape[1:3], value.shape[-1]))
        return x + self.gamma * self.output_layer(found)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return tuple(input_shape)


def _pointwise(filters: int) -> SpectralNormalization:
    return SpectralNormalization(
        keras.layers.Conv2D(filters, 1, use_bias=False, kernel_initializer="orthogonal")
    )


def _flat(maps: Any) -> Any:
    """One row a pixel: `(batch, height * width, channels)`."""
    return ops.reshape(maps, (-1, maps.shape[1] * maps.shape[2], maps.shape[3]))
