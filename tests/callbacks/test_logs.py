"""The CSV and the event files."""

import csv

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.summary import summary_iterator

from kfdiv import callbacks


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


class Kill(keras.callbacks.Callback):
    """Break off at the end of an epoch, before the callbacks that follow."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise InterruptedError


def test_one_row_an_epoch_however_the_run_was_killed(model, dataset, tmp_path):
    def fit(*last):
        log = callbacks.EpochLog(tmp_path / "log.csv")
        backup = callbacks.ExactResume(tmp_path / "backup")
        model.fit(dataset, epochs=4, verbose=0, callbacks=[log, *last, backup])
        return log

    # The row of the third epoch is written, its backup is not: it is trained again.
    with pytest.raises(InterruptedError):
        fit(Kill(2))
    assert [row["epoch"] for row in rows(tmp_path / "log.csv")] == ["1", "2", "3"]
    log = fit()
    found = rows(tmp_path / "log.csv")
    assert [row["epoch"] for row in found] == ["1", "2", "3", "4"]
    assert [int(row["step"]) for row in found] == [4, 8, 12, 16]
    seconds = [float(row["seconds"]) for row in found]
    assert seconds == sorted(seconds)
    assert log.seconds == pytest.approx(seconds[-1])
    assert float(found[-1]["loss"]) == pytest.approx(log.rows[-1]["loss"])


def test_event_files_hold_the_logs_by_step(model, dataset, tmp_path):
    history = model.fit(
        dataset, epochs=3, verbose=0, callbacks=[callbacks.EventLog(tmp_path / "events")]
    )
    (path,) = (tmp_path / "events").iterdir()
    found = {}
    for event in summary_iterator.summary_iterator(str(path)):
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            assert value.tag == "loss"
            found[event.step] = float(tf.make_ndarray(value.tensor))
    assert list(found) == [4, 8, 12]
    np.testing.assert_allclose(list(found.values()), history.history["loss"], rtol=1e-6)
