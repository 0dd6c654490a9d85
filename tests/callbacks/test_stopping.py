"""Checkpoints, and stopping on a signal."""

import signal
import threading

import keras
import numpy as np
import pytest

from kfdiv import callbacks


class Raise(keras.callbacks.Callback):
    """Receive a signal in the middle of an epoch."""

    def __init__(self, number, step):
        super().__init__()
        self.number, self.step = number, step

    def on_train_batch_begin(self, batch, logs=None):
        if int(self.model.step.numpy()) == self.step:
            signal.raise_signal(self.number)


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals need the main thread"
)
@pytest.mark.parametrize("number", callbacks.SIGNALS)
def test_a_signal_leaves_a_backup_of_the_step_and_the_handlers_as_they_were(
    model, dataset, tmp_path, number
):
    before = [signal.getsignal(each) for each in callbacks.SIGNALS]
    backup = callbacks.ExactResume(tmp_path)
    stop = callbacks.GracefulStop(backup)
    with stop, pytest.raises(callbacks.Interrupted, match=r"at step 7\.") as caught:
        model.fit(dataset, epochs=3, verbose=0, callbacks=[backup, stop, Raise(number, 6)])
    assert (caught.value.signal_number, caught.value.step) == (number, 7)
    assert backup.newest().name == "step-7"
    assert [signal.getsignal(each) for each in callbacks.SIGNALS] == before


def test_an_epoch_whose_steps_are_done_is_ended(model, dataset, tmp_path):
    backup = callbacks.ExactResume(tmp_path / "backup")
    log = callbacks.EpochLog(tmp_path / "log.csv")
    stop = callbacks.GracefulStop(backup)
    late = Raise(signal.SIGTERM, 7)  # the last of the second epoch's four steps
    with stop, pytest.raises(callbacks.Interrupted, match=r"at step 8\."):
        model.fit(dataset, epochs=3, verbose=0, callbacks=[log, backup, late, stop])
    assert [row["step"] for row in log.rows] == [4, 8]


def test_no_signal_no_stop(model, dataset, tmp_path):
    backup = callbacks.ExactResume(tmp_path)
    with callbacks.GracefulStop(backup) as stop:
        model.fit(dataset, epochs=2, verbose=0, callbacks=[backup, stop])
    assert int(model.step.numpy()) == 8


def test_checkpoint_is_the_whole_model(model, dataset, tmp_path):
    path = tmp_path / "model.keras"
    model.fit(dataset, epochs=1, verbose=0, callbacks=[callbacks.Checkpoint(path)])
    loaded = keras.saving.load_model(path)
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert int(loaded.decoder_optimizer.iterations.numpy()) == 4
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match=r"end in \.keras"):
        callbacks.Checkpoint(tmp_path / "model.h5")
