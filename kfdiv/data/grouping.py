"""Which consecutive steps make one element, for training that takes several steps a call."""

from __future__ import annotations

import dataclasses
from typing import final

import tensorflow as tf


@final
@dataclasses.dataclass(frozen=True)
class Grouping:
    """Cuts the axis of global steps at every multiple of `size` within an epoch, and at its end.

    Args:
        size: the most steps a group holds.
        epoch: steps of a training epoch, which no group crosses.
        short: if given, the last of every `short` steps is a smaller batch, which stands alone.

    Example:
        >>> [int(Grouping(size=3, epoch=7).stop(tf.constant(step, tf.int64))) for step in range(8)]
        [3, 3, 3, 6, 6, 6, 7, 10]
    """

    size: int
    epoch: int
    short: int | None = None

    def start(self, step: tf.Tensor) -> tf.Tensor:
        """First step of the group that holds `step` (int64 scalar)."""
        offset = step % self.epoch
        start = step - offset % self.size
        if self.short is None:
            return start
        place = step % self.short
        return tf.where(place == self.short - 1, step, tf.maximum(start, step - place))

    def stop(self, step: tf.Tensor) -> tf.Tensor:
        """One past the last step of the group that holds `step` (int64 scalar)."""
        offset = step % self.epoch
        stop = tf.minimum(step - offset % self.size + self.size, step - offset + self.epoch)
        if self.short is None:
            return stop
        last = step - step % self.short + self.short - 1
        return tf.where(step == last, step + 1, tf.minimum(stop, last))
