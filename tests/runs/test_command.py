"""The command that a page shows is one that gives the run."""

import dataclasses
import shlex

import numpy as np
import pytest
from absl import flags

from kfdiv import runs, train
from kfdiv.runs import program, train_flags
from kfdiv.runs.command import changed_settings, command


def resolved(line, workdir):
    """What a command line trains."""
    words = shlex.split(line)
    assert words[:3] == ["python", "-m", "kfdiv.train"]
    values = flags.FlagValues()
    train.define_flags(values)
    program.parse(values, words[2:])
    assert values.workdir == str(workdir)
    return train_flags.resolve(runs.Workdir(values.workdir), values)


@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        ("digits", {}),
        ("digits", {"epochs": 20, "units": 64, "learning_rate": 3e-4}),
        ("digits", {"warmup_epochs": 3}),
        ("shen/grid25", {"objective": "fgan"}),
        ("images", {"size": 16, "objective": "vae", "base_filters": 4}),
    ],
)
def test_it_gives_the_run(tmp_path, preset, settings):
    config = runs.Config.make(preset, seed=3, **settings)
    line = command(config, tmp_path / "a run")
    assert resolved(line, tmp_path / "a run") == config
    assert changed_settings(config).keys() == settings.keys()


def test_what_is_read_off_the_data_is_not_given(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).normal(size=(60, 2)))
    config = runs.Config.make("tabular", data=f"npz:{tmp_path / 'a.npz'}", batch_size=10)
    assert config.settings["digest"]
    line = command(config, tmp_path / "run")
    assert "digest" not in line
    assert f"--data=npz:{tmp_path / 'a.npz'}" in line
    assert resolved(line, tmp_path / "run") == config
    # What was given stays, whatever is read off the data beside it.
    (tmp_path / "b.csv").write_text("a,b,c\n" + "1,2,u\n3,4,v\n5,9,u\n" * 9)
    given = {"data": f"csv:{tmp_path / 'b.csv'}", "label": "c", "batch_size": 9, "layers": 1}
    labelled = runs.Config.make("tabular", **given)
    assert changed_settings(labelled).keys() == given.keys()
    assert resolved(command(labelled, tmp_path / "run"), tmp_path / "run") == labelled
    # Where the data have gone, all is said that is known.
    (tmp_path / "a.npz").unlink()
    assert "digest" in command(config, tmp_path / "run")


def test_a_run_that_was_continued_takes_two_commands(tmp_path):
    config = dataclasses.replace(runs.Config.make("digits", epochs=4), epochs=6)
    first, second = command(config, tmp_path).splitlines()
    assert resolved(first, tmp_path).epochs == 4
    assert second == f"python -m kfdiv.train --epochs=6 --workdir={tmp_path}"
