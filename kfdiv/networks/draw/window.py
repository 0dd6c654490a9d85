"""A window of Gaussian filters, through which DRAW reads and writes images."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Window(NamedTuple):
    """Filters of N rows and N columns, and an intensity, for each image of a batch.

    Attributes:
        rows: F_Y, shape `(batch, N, height)`; each filter sums to one.
        columns: F_X, shape `(batch, N, width)`, likewise.
        intensity: gamma, shape `(batch,)`.
    """

    rows: tf.Tensor
    columns: tf.Tensor
    intensity: tf.Tensor

    def read(self, images: tf.Tensor) -> tf.Tensor:
        """Return `gamma F_Y x F_X^T` of every channel (Gregor et al. 2015, eq. 27).

        Args:
            images: shape `(batch, height, width, channels)`.

        Returns:
            Patches of shape `(batch, N, N, channels)`.
        """
        patches = tf.einsum("bnh,bhwc,bmw->bnmc", self.rows, images, self.columns)
        return patches * self.intensity[:, tf.newaxis, tf.newaxis, tf.newaxis]

    def write(self, patches: tf.Tensor) -> tf.Tensor:
        """Return `F_Y^T w F_X / gamma` of every channel (Gregor et al. 2015, eq. 29).

        Args:
            patches: shape `(batch, N, N, channels)`.

        Returns:
            Images of shape `(batch, height, width, channels)`.
        """
        images = tf.einsum("bnh,bnmc,bmw->bhwc", self.rows, patches, self.columns)
        return images / self.intensity[:, tf.newaxis, tf.newaxis, tf.newaxis]


def window(parameters: tf.Tensor, size: int, height: int, width: int) -> Window:
    """Return the window that five numbers describe (Gregor et al. 2015, eqs. 19 to 26).

    Of `(g_X, g_Y, log s^2, log d, log gamma)` the centre is `((W + 1) (g_X + 1) / 2, (H + 1) (g_Y +
    1) / 2)` in pixels that count from 1, the stride `(max(H, W) - 1) / (N - 1) d`, and filter i has
    its mean at `centre + (i - N / 2 - 1 / 2) stride` and the variance s^2.

    The filters are normalised as a softmax is: one that lies outside of the image, where every term
    of eq. 25 underflows, sums to one too.

    Args:
        parameters: float, shape `(batch, 5)`; zeros are a window on the whole image.
        size: N, filters a side, at least 2.
        height: H of the images.
        width: W of the images.

    Returns:
        The filters and the intensity, of the parameters' dtype.

    Example:
        >>> found = window(tf.zeros((1, 5)), size=3, height=5, width=5)
        >>> tf.argmax(found.rows, axis=-1).numpy().tolist()
        [[0, 2, 4]]
    """
    x, y, log_variance, log_stride, log_intensity = tf.unstack(parameters, axis=-1)
    stride = (max(height, width) - 1) / (size - 1) * tf.exp(log_stride)
    offsets = tf.range(1, size + 1, dtype=parameters.dtype) - size / 2 - 0.5

    def filters(center: tf.Tensor, length: int) -> tf.Tensor:
        center = (length + 1) / 2 * (center + 1)
        means = center[:, tf.newaxis] + offsets * stride[:, tf.newaxis]
        pixels = tf.range(1, length + 1, dtype=parameters.dtype)
        squared = tf.square(pixels - means[:, :, tf.newaxis])
        precision = tf.exp(-log_variance)[:, tf.newaxis, tf.newaxis]
        return tf.nn.softmax(-0.5 * squared * precision)

    return Window(filters(y, height), filters(x, width), tf.exp(log_intensity))
