"""The programs, on presets of other objectives than upper bounds."""

import json

import numpy as np
import pytest
import tensorflow_datasets as tfds

from kfdiv import evaluate, sample, train
from tests.programs import call, epochs, kill_after, metrics, weights

FILES = {"config.json", "log.csv", "metrics.json", "model.keras", "tensorboard", "backup", "export"}
GRID = (
    "--preset=shen/grid25",
    # A picture shows a whole batch: of more points it is the drawing that takes the time.
    "--batch_size=4000",
    "--pictures_every=9",
    *(f"--set={text}" for text in ("units=4", "critic_units=4")),
)
STACKED = (
    "--preset=shen/stacked_mnist",
    "--batch_size=10",
    "--pictures_every=9",
    *(f"--set={text}" for text in ("source=digits", "num_examples=20", "base_filters=1")),
    "--set=critic_units=4",
)
FGM = (
    "--preset=fgm/mnist",
    "--batch_size=4",
    "--pictures_every=9",
    *(f"--set={text}" for text in ("units=4", "layers=1", "density_layers=1", "density_units=4")),
    *(f"--set={text}" for text in ("num_examples=12", "steps_per_execution=2")),
)


def evaluated(capsys, *arguments):
    capsys.readouterr()
    assert call(evaluate, *arguments) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.rehearsal
@pytest.mark.parametrize(
    ("arguments", "trained_by", "measured"),
    [
        ((*GRID, "--set=critic_steps=1", "--divergence=all"), "all", "js"),
        ((*GRID, "--set=objective=fgan"), "kl", "kl"),
        ((*GRID, "--set=objective=hinge"), "total_variation", "total_variation"),
        (STACKED, "all", "js"),
        (FGM, "kl", "kl"),
    ],
)
def test_every_objective_trains_evaluates_and_samples(
    arguments, trained_by, measured, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    with tfds.testing.mock_data(num_examples=12):
        workdir = tmp_path / "run"
        assert call(train, *arguments, "--epochs=1", f"--workdir={workdir}") == 0
        assert f"lower bound on {measured} " in capsys.readouterr().out
        assert {path.name for path in workdir.iterdir()} >= {*FILES, "samples.png", "curves.png"}
        found = metrics(workdir)
        assert (found["trained_by"], found["divergence"]) == (trained_by, measured)
        assert found["bound_kind"] == "lower"
        assert np.isfinite([found["bound"], found["bound_se"]]).all()
        again = evaluated(capsys, f"--workdir={workdir}")
        assert again == {name: found[name] for name in again}
    assert call(sample, f"--workdir={workdir}", "--num=3") == 0
    assert len(np.load(workdir / "samples-3-0.npy")) == 3


@pytest.fixture
def killed(tmp_path):
    arguments = (*GRID, "--divergence=all", "--set=critic_steps=2", "--epochs=5")
    arguments = (*arguments, "--set=steps_per_execution=3")
    kill_after(2, (*arguments, f"--workdir={tmp_path / 'run'}"), tmp_path / "run")
    return arguments, tmp_path


@pytest.mark.rehearsal
def test_a_killed_adversarial_run_ends_as_one_that_was_not(killed):
    arguments, folder = killed
    assert call(train, *arguments, f"--workdir={folder / 'whole'}") == 0
    assert not (folder / "run" / "metrics.json").exists()
    assert call(train, *arguments, f"--workdir={folder / 'run'}") == 0
    assert epochs(folder / "run") == list(range(1, 6))
    for whole, resumed in zip(weights(folder / "whole"), weights(folder / "run"), strict=True):
        np.testing.assert_array_equal(whole, resumed)
    ours, theirs = metrics(folder / "whole"), metrics(folder / "run")
    assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set=objective=wgan"], "objective must be one of age, fgan, hinge, logd"),
        (["--set=objective=hinge", "--divergence=js"], "minimises 'total_variation'"),
        (["--set=objective=hinge", "--set=clip=0.5"], "clip=0.5 is for objective='age' alone"),
        (["--set=objective=fgan", "--divergence=all"], "'all' is for objective='age' alone"),
        (["--set=objective=ratio_gan", "--divergence=kl"], "Use kfdiv.models.AGE"),
        (["--divergence=total_variation"], "has no curvature"),
    ],
)
def test_what_an_objective_cannot_do_is_one_message(arguments, message, tmp_path, capsys):
    assert call(train, *GRID, *arguments, f"--workdir={tmp_path / 'run'}") == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error
    assert not list(tmp_path.rglob("*"))
