"""Colour images whose channels are grey ones: put together batch by batch."""

from __future__ import annotations

from typing import final

import numpy as np
import tensorflow as tf

from kfdiv.data import pixels
from kfdiv.data.batching import Batching
from kfdiv.data.indexed import IndexedStream
from kfdiv.data.info import Info


@final
class ChannelStream(IndexedStream):
    """A stream of images with another image in each channel. Only the grey images are stored.

    Args:
        images: uint8, shape `(images, height, width, 1)`.
        channels: which images an example is made of, int32, shape `(examples, channels)`.
        labels: int32, shape `(examples, ...)`.
        info: facts that metrics use.
        batching: size, order and range of the batches.

    Raises:
        ValueError: as `Stream`.

    Example:
        >>> images = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
        >>> channels, labels = np.array([[1, 1, 0]], np.int32), np.array([110], np.int32)
        >>> stream = ChannelStream(images, channels, labels, Info("one"), Batching(batch_size=1))
        >>> next(iter(stream.epoch()))[0].numpy().ravel().tolist()
        [1.0, 1.0, 0.0]
    """

    def __init__(
        self,
        images: np.ndarray,
        channels: np.ndarray,
        labels: np.ndarray,
        info: Info,
        batching: Batching,
    ) -> None:
        example = tf.TensorSpec([*images.shape[1:3], channels.shape[1]], tf.uint8)
        label = tf.TensorSpec(labels.shape[1:], tf.int32)
        super().__init__(len(channels), example, label, info, batching)
        with tf.device("CPU:0"):
            self._images = tf.constant(images[..., 0])
            self._channels = tf.constant(channels)
            self._labels = tf.constant(labels) if self._labelled else None

    def _look_up(self, example: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        maps = tf.gather(self._images, tf.gather(self._channels, example))
        # Scaled before the channels are moved to the end: TensorFlow transposes bytes more slowly.
        x = tf.transpose(pixels.to_float(maps, self.value_range), [0, 1, 3, 4, 2])
        return x, tf.gather(self._labels, example) if self._labelled else None
