"""Curves for TensorBoard, without TensorBoard."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kfdiv import files
from kfdiv.callbacks import chief, event_files
from kfdiv.callbacks.epoch_log import EpochLog


class EventLog(keras.callbacks.Callback):
    """Writes every epoch's logs as the event files that TensorBoard shows, against the step.

    TensorFlow alone suffices to write them (Keras's own callback wants the TensorBoard package);
    to look at them, `pip install tensorboard`, then `tensorboard --logdir=run`.

    Args:
        directory: folder for the event files.
        log: the `EpochLog` of the same `fit`, before this callback: where its rows are not in the
            files, because these are lost or damaged, the files are written anew from it.

    Example:
        >>> callback = EventLog("run/tensorboard")
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(self, directory: str | os.PathLike[str], log: EpochLog | None = None) -> None:
        super().__init__()
        self.directory = os.fspath(directory)
        self.log = log
        self._writer: tf.summary.SummaryWriter | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Open a new event file beside those of earlier runs; of several workers, the chief."""
        if not chief.writes(self.model):
            return
        rows = [] if self.log is None else _logs_of(self.log)
        reason = event_files.why_not(self.directory, rows)
        if reason:
            event_files.remove(self.directory)
            warnings.warn(
                f"{self.directory} {reason}: written anew from {self.log.path}.",
                files.DamagedFileWarning,
                stacklevel=2,
            )
        self._writer = tf.summary.create_file_writer(self.directory)
        if reason:
            for step, values in rows:
                self._write(step, values)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the epoch's logs."""
        self._write(int(self.model.step.numpy()), logs or {})

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()

    def _write(self, step: int, values: Mapping[str, Any]) -> None:
        if self._writer is None:
            return
        # What tf.summary.scalar writes; that function is part of the TensorBoard package.
        metadata = tf.compat.v1.SummaryMetadata(data_class="DATA_CLASS_SCALAR")
        metadata.plugin_data.plugin_name = "scalars"
        with self._writer.as_default():
            for name, value in values.items():
                tf.summary.write(name, tf.cast(value, tf.float32), step, metadata)
        self._writer.flush()


def _logs_of(log: EpochLog) -> list[tuple[int, dict[str, float]]]:
    """Return step and Keras's logs of each row of a table."""
    own = {*EpochLog.COLUMNS, *log.extras}
    return [
        (int(row["step"]), {name: value for name, value in row.items() if name not in own})
        for row in log.rows
    ]
