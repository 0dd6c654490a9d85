"""The CSV and the event files."""

import csv

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.summary import summary_iterator

from kfdiv import callbacks, files
from kfdiv.callbacks import event_files
from tests.damages import DAMAGES


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


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_is_kept_up_to_the_damage(model, tmp_path, damage):
    path = tmp_path / "log.csv"
    lines = ["epoch,step,seconds,loss", *(f"{k},{4 * k},{k}.5,0.25" for k in range(1, 8))]
    path.write_text("\r\n".join(lines) + "\r\n")
    DAMAGES[damage](path)
    log = callbacks.EpochLog(path)
    log.set_model(model)
    model.step.assign(100)
    if damage in ("lose", "empty"):
        log.on_train_begin()
        assert log.rows == []
        return
    if damage == "flip":
        path.write_text("\n".join([*lines[:3], "3,4,3.5,0.25", *lines[4:], ""]))
    with pytest.warns(files.DamagedFileWarning, match="is damaged after 2 rows"):
        log.on_train_begin()
    assert [row["step"] for row in log.rows] == [4, 8]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_event_files_are_written_anew_from_the_table(model, tmp_path, damage):
    log = callbacks.EpochLog(tmp_path / "log.csv", {"width": float})
    log.set_model(model)
    events = callbacks.EventLog(tmp_path / "events", log)
    events.set_model(model)
    log.on_train_begin()
    events.on_train_begin()
    for epoch, loss in enumerate([0.1, float("nan"), 1e-30]):
        model.step.assign(4 * epoch + 4)
        log.on_epoch_end(epoch, {"loss": loss})
        events.on_epoch_end(epoch, {"loss": np.float32(loss)})
    events.on_train_end()
    rows = [(int(row["step"]), {"loss": row["loss"]}) for row in log.rows]
    assert event_files.why_not(tmp_path / "events", rows) is None
    events.on_train_begin()
    events.on_train_end()
    for path in sorted((tmp_path / "events").iterdir())[1:]:
        path.unlink()
    DAMAGES[damage](next((tmp_path / "events").iterdir()))
    with pytest.warns(files.DamagedFileWarning, match=r"events (lacks|holds).*: written anew from"):
        events.on_train_begin()
    events.on_train_end()
    assert event_files.why_not(tmp_path / "events", rows) is None
    assert "has other values of step 4" in event_files.why_not(
        tmp_path / "events", [(4, {"loss": 0.2})]
    )
