"""Curves for TensorBoard, without TensorBoard."""

from __future__ import annotations

import os
from typing import Any

import keras
import tensorflow as tf


class EventLog(keras.callbacks.Callback):
    """Writes every epoch's logs as the event files that TensorBoard shows, against the step.

    TensorFlow alone suffices to write them (Keras's own callback wants the TensorBoard package);
    to look at them, `pip install tensorboard`, then `tensorboard --logdir=run`.

    Args:
        directory: folder for the event files.

    Example:
        >>> callback = EventLog("run/tensorboard")
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        super().__init__()
        self.directory = os.fspath(directory)
        self._writer: tf.summary.SummaryWriter | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open a new event file beside those of earlier runs."""
        self._writer = tf.summary.create_file_writer(self.directory)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the epoch's logs."""
        # What tf.summary.scalar writes; that function is part of the TensorBoard package.
        metadata = tf.compat.v1.SummaryMetadata(data_class="DATA_CLASS_SCALAR")
        metadata.plugin_data.plugin_name = "scalars"
        step = int(self.model.step.numpy())
        with self._writer.as_default():
            for name, value in (logs or {}).items():
                tf.summary.write(name, tf.cast(value, tf.float32), step, metadata)
        self._writer.flush()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the file."""
        self._writer.close()
