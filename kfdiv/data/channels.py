"""Colour images whose channels are grey ones: put together batch by batch."""

from __future__ import annotations

from typing import final

import numpy as np
import tensorflow as tf

from kfdiv.data.info import Info
from kfdiv.data.source import Example, IndexedSource


@final
class ChannelSource(IndexedSource):
    """Images with another image in each channel. Only the grey images are stored.

    Args:
        images: uint8, shape `(images, height, width, 1)`.
        channels: which images an example is made of, int32, shape `(examples, channels)`.
        labels: int32, shape `(examples, ...)`.
        info: facts that metrics use.

    Raises:
        ValueError: as `Source`.

    Example:
        >>> images = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
        >>> channels, labels = np.array([[1, 1, 0]], np.int32), np.array([110], np.int32)
        >>> source = ChannelSource(images, channels, labels, Info("one"))
        >>> source.take(tf.constant([0])).x.numpy().ravel().tolist()
        [255.0, 255.0, 0.0]
    """

    def __init__(
        self, images: np.ndarray, channels: np.ndarray, labels: np.ndarray, info: Info
    ) -> None:
        x = tf.TensorSpec([*images.shape[1:3], channels.shape[1]], tf.uint8)
        y = tf.TensorSpec(labels.shape[1:], tf.int32)
        super().__init__(len(channels), Example(x, y), info)
        with tf.device("CPU:0"):
            self._images = tf.constant(images[..., 0])
            self._channels = tf.constant(channels)
            self._labels = tf.constant(labels)
            self._one = tf.constant(1.0)

    def take(self, indices: tf.Tensor) -> Example:
        """See `IndexedSource.take`."""
        maps = tf.gather(self._images, tf.gather(self._channels, indices))
        # Made floats before the channels move to the end: TensorFlow transposes bytes more slowly.
        # It would put a mere cast off until after that; a product, of one, it leaves in its place.
        maps = tf.cast(maps, tf.float32) * self._one
        axes = list(range(indices.shape.rank))
        axes += [k + len(axes) for k in (1, 2, 0)]
        return Example(tf.transpose(maps, axes), tf.gather(self._labels, indices))
