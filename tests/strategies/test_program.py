"""`kfdiv.train --strategy`: on the devices that there are, or a line that there are none."""

import signal

import numpy as np
import pytest

from kfdiv import callbacks, strategies, train
from kfdiv.runs import program
from tests.programs import call, epochs, metrics, weights
from tests.test_train import before_epoch

SETTINGS = (
    "--preset=zhang/gaussian",
    "--divergence=kl",
    "--batch_size=40",
    "--epochs=2",
    "--pictures_every=20",
    *(f"--set={text}" for text in ("units=8", "num_examples=200", "steps_per_execution=2")),
)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--strategy=multi_worker"], "TF_CONFIG, which is not set"),
        (["--strategy=tpu"], "needs a TPU, but TensorFlow finds none"),
        (["--strategy=mirrored", "--batch_size=43"], "replicas must share each batch evenly"),
        (["--strategy=parallel"], "mirrored|multi_worker|tpu"),
    ],
)
def test_what_cannot_be_is_one_line(flags, words, tmp_path, capsys):
    assert call(train, *SETTINGS, *flags, f"--workdir={tmp_path / 'run'}") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert not (tmp_path / "run").exists()


def test_a_lost_worker_is_one_line_and_the_end(monkeypatch, capsys):
    """At once: to clear up, TensorFlow takes seconds, and speaks to the one that is gone."""

    def main(values):
        raise strategies.LostWorkerError("Another of the 2 workers has ended.")

    def leave(code):
        raise SystemExit(code)

    monkeypatch.setattr("sys.argv", ["kfdiv-train"])
    monkeypatch.setattr("os._exit", leave)
    with pytest.raises(SystemExit) as left:
        program.start(lambda values: None, main)
    assert left.value.code == 1
    assert capsys.readouterr().err == "error: Another of the 2 workers has ended.\n"


@pytest.mark.rehearsal
def test_a_run_on_many_devices_is_stopped_and_goes_on(tmp_path, monkeypatch, capsys):
    several = (*SETTINGS, "--strategy=mirrored")
    assert call(train, *several, f"--workdir={tmp_path / 'whole'}") == 0
    for name in ("model.keras", "metrics.json", "export/saved_model.pb", "samples.png"):
        assert (tmp_path / "whole" / name).exists(), name
    with monkeypatch.context() as patch:
        stop = lambda: signal.raise_signal(signal.SIGTERM)  # noqa: E731
        before_epoch(callbacks.EpochLog, "on_epoch_begin", 2, stop, patch)
        assert call(train, *several, f"--workdir={tmp_path / 'run'}") == 143
    assert "--strategy=mirrored" in capsys.readouterr().err.splitlines()[-1]
    assert call(train, *several, f"--workdir={tmp_path / 'run'}") == 0
    for ours, theirs in zip(*(weights(tmp_path / name) for name in ("whole", "run")), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    whole, run = (metrics(tmp_path / name) for name in ("whole", "run"))
    assert {**whole, "seconds": 0} == {**run, "seconds": 0}
    # On one device it goes on, too, and that is told.
    assert "warning" not in capsys.readouterr().err
    assert call(train, f"--workdir={tmp_path / 'run'}", "--epochs=3") == 0
    assert epochs(tmp_path / "run") == [1, 2, 3]
    (line,) = capsys.readouterr().err.splitlines()
    assert "trained by 4 replicas, and training goes on by 1" in line
