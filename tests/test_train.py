"""The programs train, sample and evaluate, on the smallest of runs."""

import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kfdiv import callbacks, evaluate, sample, train
from tests.programs import ROOT, call, epochs, kill_after, metrics, weights

EPOCHS = 12
SETTINGS = (
    "--preset=zhang/gaussian",
    "--divergence=rkl",
    "--batch_size=50",
    *(f"--set={text}" for text in ("units=8", "num_examples=500", "steps_per_execution=4")),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that nothing interrupted."""
    workdir = tmp_path_factory.mktemp("runs") / "whole"
    assert call(train, *SETTINGS, f"--epochs={EPOCHS}", f"--workdir={workdir}") == 0
    return workdir


def test_writes_all_that_it_promises(finished, capsys):
    names = {path.name for path in finished.iterdir()}
    files = {"config.json", "log.csv", "metrics.json", "model.keras", "tensorboard", "backup"}
    assert names == files | {"samples.png", "latents.png", "curves.png", "export"}
    assert epochs(finished) == list(range(1, EPOCHS + 1))
    found = metrics(finished)
    assert (found["epochs"], found["steps"]) == (EPOCHS, EPOCHS * 10)
    assert 0 < found["bound_se"] < found["bound"] < 100
    assert found["versions"]["tensorflow"] == tf.__version__


def test_a_finished_run_says_so_and_changes_nothing(finished, capsys):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    assert call(train, *SETTINGS, f"--workdir={finished}") == 0
    out = capsys.readouterr().out
    assert "finished already" in out
    for name in ("samples.png", "metrics.json", "model.keras", "export"):
        assert str(finished / name) in out
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before


def test_killed_and_stopped_run_ends_as_one_that_was_not(finished, tmp_path, monkeypatch, capsys):
    workdir = tmp_path / "run"
    arguments = (*SETTINGS, f"--epochs={EPOCHS}", f"--workdir={workdir}")
    kill_after(3, arguments, workdir)
    assert not (workdir / "metrics.json").exists()
    # The folder says what the run is.
    signal_at_epoch(9, signal.SIGTERM, monkeypatch)
    assert call(train, f"--workdir={workdir}") == 143
    assert f"To go on: python -m kfdiv.train --workdir={workdir}" in capsys.readouterr().err
    assert epochs(workdir) == list(range(1, 9))
    assert (workdir / "backup" / "step-84").exists()
    monkeypatch.undo()
    assert call(train, *arguments) == 0
    assert epochs(workdir) == list(range(1, EPOCHS + 1))
    for whole, resumed in zip(weights(finished), weights(workdir), strict=True):
        np.testing.assert_array_equal(whole, resumed)
    ours, theirs = metrics(finished), metrics(workdir)
    assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}


def signal_at_epoch(epoch, number, monkeypatch):
    """Let this process receive a signal when that epoch begins."""
    begin = callbacks.EpochLog.on_epoch_begin

    def receive(self, index, logs=None):
        begin(self, index, logs)
        if index == epoch - 1:
            signal.raise_signal(number)

    monkeypatch.setattr(callbacks.EpochLog, "on_epoch_begin", receive)


def test_longer_run_goes_on(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    assert call(train, f"--workdir={tmp_path / 'run'}", f"--epochs={EPOCHS + 1}") == 0
    assert epochs(tmp_path / "run") == list(range(1, EPOCHS + 2))
    assert metrics(tmp_path / "run")["steps"] == 10 * (EPOCHS + 1)


def test_broken_loss_stops_with_its_message(tmp_path, capsys):
    arguments = [*SETTINGS, f"--workdir={tmp_path}", "--set=learning_rate=1e30"]
    assert call(train, *arguments) == 1
    assert "was not finite at step" in capsys.readouterr().err
    assert not (tmp_path / "model.keras").exists()


def test_sample(finished, tmp_path, capsys):
    picture = tmp_path / "more.png"
    arguments = (f"--workdir={finished}", "--num=7", "--seed=3", f"--output={picture}")
    assert call(sample, *arguments) == 0
    assert str(picture) in capsys.readouterr().out
    samples = np.load(tmp_path / "more.npy")
    sampler = tf.saved_model.load(str(finished / "export"))
    np.testing.assert_allclose(samples, sampler.sample(7, 3), atol=1e-6)
    assert np.asarray(Image.open(picture)).std() > 1


def test_evaluate(finished, tmp_path, capsys):
    target = tmp_path / "e.json"
    assert call(evaluate, f"--workdir={finished}", f"--output={target}") == 0
    found = json.loads(capsys.readouterr().out)
    assert json.loads(target.read_text()) == found
    for name in ("bound", "bound_se", "examples", "steps", "versions"):
        assert found[name] == metrics(finished)[name]
    assert call(evaluate, f"--workdir={finished}", "--split=test", "--divergence=js") == 0
    other = json.loads(capsys.readouterr().out)
    assert (other["split"], other["divergence"], other["trained_by"]) == ("test", "js", "rkl")
    assert 0 < other["bound"] < np.log(2)


@pytest.mark.parametrize(
    ("program", "arguments", "message"),
    [
        (train, [], "--workdir=DIR is missing"),
        (train, ["--workdir={}/new"], "holds no run to go on with"),
        (train, ["--workdir={}/new", "--preset=digit"], "Did you mean 'digits'"),
        (train, ["--workdir={}/new", "--preset=digits", "--divergence=rk"], "Did you mean 'rkl'"),
        (train, ["--workdir={}/new", "--preset=digits", "--set=unit=3"], "Did you mean 'units'"),
        (train, ["--workdir={}/new", "--preset=digits", "--set=units"], "Expected NAME=VALUE"),
        (train, ["--workdir={}/new", "--preset=digits", "--set=epochs=3"], "given by --epochs"),
        (train, ["--workdir={}/whole", "--seed=1"], "seed is 0 there, 1 here"),
        (train, ["--workdir={}/whole", "--epochs=1"], "can be raised, not lowered"),
        (train, ["--workdir={}/new", "digits"], "Unexpected argument 'digits'"),
        (train, ["--workdir={}/m", "--preset=zhang/mnist", "--data_dir={}"], "not been prepared"),
        (sample, [], "--workdir=DIR is missing"),
        (sample, ["--workdir={}/new"], "There is no folder"),
        (sample, ["--workdir={}"], "holds no run"),
        (sample, ["--workdir={}/whole", "--output=a.txt"], "must end in .png"),
        (evaluate, ["--workdir={}"], "holds no run"),
        (evaluate, ["--workdir={}/whole", "--split=dev"], "expected one of train, validation"),
        (evaluate, ["--workdir={}/whole", "--divergence=j"], "Unknown divergence 'j'"),
    ],
)
def test_errors_are_one_message(finished, capsys, program, arguments, message):
    filled = [text.format(finished.parent) for text in arguments]
    assert call(program, *filled) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert not (finished.parent / "new").exists()


def test_list_names_presets_and_divergences(capsys):
    assert call(train, "--list") == 0
    out = capsys.readouterr().out
    for name in ("digits", "zhang/mnist", "encoder_steps=20", "squared_hellinger"):
        assert name in out


def test_help_reads_like_documentation(tmp_path):
    command = [sys.executable, "-m", "kfdiv.train", "--help"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    for text in ("For example:", "--preset", "--divergence", "Exit codes"):
        assert text in found.stdout
