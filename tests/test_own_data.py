"""The programs on data of one's own: pictures in a folder, a table in a CSV file."""

import csv
import json
import os

import numpy as np
import pytest
from PIL import Image

from kfdiv import evaluate, presets, runs, sample, train
from tests.programs import call, epochs, weights

SMALL = {"size": 8, "base_filters": 1, "latent_size": 2, "batch_size": 4, "objective": "vae"}


def flags(settings):
    return [f"--set={name}={value}" for name, value in settings.items()]


@pytest.fixture
def root(tmp_path):
    """Pictures that differ in size, with labels."""
    rng = np.random.default_rng(0)
    for k in range(24):
        path = tmp_path / "pics" / "ab"[k % 2] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (9 + k % 3, 10, 3), np.uint8)).save(path)
    return tmp_path / "pics"


@pytest.fixture
def table(tmp_path):
    rows = np.random.default_rng(0).normal([40, 3e4], [9, 5e3], (60, 2))
    lines = [f"{a:.3f},{b:.3f},{'uv'[k % 2]}" for k, (a, b) in enumerate(rows)]
    (tmp_path / "t.csv").write_text("\n".join(["age,income,group", *lines]))
    return tmp_path / "t.csv"


def begun(folder, preset, **settings):
    """The folder of a run whose model is untrained: what a run has after its first epoch."""
    config = runs.Config.make(preset, **settings)
    workdir = runs.Workdir(folder / "run")
    workdir.write_config(config)
    config.build().model(config.divergence).save(workdir.checkpoint)
    return workdir


def test_samples_as_files_and_a_changed_folder(root, tmp_path, capsys):
    workdir = begun(tmp_path, "images", data=f"folder:{root}", **SMALL)
    settings = json.loads(workdir.config.read_text())["settings"]
    assert settings["data"] == f"folder:{root}"
    assert settings["num_examples"] == workdir.read_config().build().dataset().stream.num_examples
    fakes = tmp_path / "fakes"
    arguments = (f"--workdir={workdir.path}", "--num=3", "--format=pngs", f"--output={fakes}")
    assert call(sample, *arguments) == 0
    assert sorted(os.listdir(fakes)) == ["00000.png", "00001.png", "00002.png"]
    samples = np.asarray(workdir.load_model().sample(3, 0))
    pixels = np.asarray(Image.open(fakes / "00001.png"), float)
    assert np.abs(pixels - 127.5 * (samples[1] + 1)).max() <= 0.5 + 1e-3
    capsys.readouterr()
    assert call(sample, *arguments) == 2
    assert f"{fakes} is not empty" in capsys.readouterr().err
    # A folder that has changed is another data set.
    Image.new("RGB", (9, 9)).save(root / "a" / "new.png")
    assert call(train, f"--workdir={workdir.path}") == 2
    error = capsys.readouterr().err
    assert "The data of this run have changed" in error
    assert error.count("\n") == 1
    again = ["--preset=images", f"--data=folder:{root}", *flags(SMALL)]
    assert call(train, f"--workdir={workdir.path}", *again) == 2
    assert "holds another run" in capsys.readouterr().err
    # The path may be written otherwise.
    os.remove(root / "a" / "new.png")
    same = runs.resolve_config(workdir, settings={"data": f"folder:{os.path.relpath(root)}"})
    assert same == workdir.read_config()


def test_samples_of_a_table_are_in_its_units(table, tmp_path, capsys):
    small = {"units": 4, "layers": 1, "batch_size": 10, "label": "group"}
    workdir = begun(tmp_path, "tabular", data=f"csv:{table}", **small)
    os.remove(table)
    assert call(sample, f"--workdir={workdir.path}", "--num=5", "--seed=2") == 0
    assert "samples-5-2.csv" in capsys.readouterr().out
    with (workdir.path / "samples-5-2.csv").open(newline="") as file:
        names, *rows = csv.reader(file)
    assert names == ["age", "income"]
    x = np.load(workdir.path / "samples-5-2.npy")
    preset = workdir.read_config().build()
    np.testing.assert_allclose(np.array(rows, float), x * preset.scale + preset.mean, rtol=1e-6)
    assert call(sample, f"--workdir={workdir.path}", "--format=pngs") == 2
    assert "--format=pngs is for images" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset=images", "--data=folder:{}/nowhere"], "There is no folder"),
        (["--preset=images", "--data={}"], "Did you mean folder:"),
        (["--preset=images", "--data=folder:{}/pics", "--batch_size=99"], "lower batch_size"),
        (["--preset=images", "--data=folder:{}/pics", "--set=network=sagan", "--set=size=40"],
         "Take size=32 or size=48"),
        (["--preset=tabular", "--data=csv:{}/t.csv"], "Column 'group'"),
        (["--preset=digits", "--data=folder:{}"], "Preset 'digits' has no setting 'data'"),
        (["--preset=nowhere:Mine"], "There is no module 'nowhere'"),
        (["--preset=nowhere.py:Mine"], "Did you mean 'nowhere:Mine'?"),
    ],
)  # fmt: skip
def test_errors_are_one_message(root, table, tmp_path, capsys, arguments, message):
    filled = [text.format(tmp_path) for text in arguments]
    assert call(train, f"--workdir={tmp_path / 'new'}", *filled) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.filterwarnings("default:Left out")
def test_what_is_left_out_is_told_in_a_line(root, tmp_path, capsys):
    (root / "a" / "notes.txt").touch()
    data = ["--preset=images", f"--data=folder:{root}", "--set=unreadable=skip", "--batch_size=99"]
    assert call(train, f"--workdir={tmp_path / 'run'}", *data) == 2
    warning, error, end = capsys.readouterr().err.split("\n")
    assert warning.startswith(
        f"warning: Left out 1 file that cannot be pictures of the data set: {root}"
    )
    assert (error.startswith("error: A batch of 99"), end) == (True, "")


def test_a_damaged_picture_ends_a_run_in_one_line(root, tmp_path, capsys):
    path = root / "a" / "0.png"
    path.write_bytes(path.read_bytes()[:80])
    data = ["--preset=images", f"--data=folder:{root}", "--set=test_share=0.0"]
    assert call(train, f"--workdir={tmp_path / 'run'}", *data, *flags(SMALL)) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {path} cannot be read")
    assert error.count("\n") == 1


@pytest.mark.rehearsal
def test_a_run_resumes_bit_for_bit(root, tmp_path, capsys):
    run = [f"--data=folder:{root}", "--preset=images", *flags(SMALL), "--pictures_every=9"]
    assert call(train, *run, "--epochs=2", f"--workdir={tmp_path / 'whole'}") == 0
    assert call(train, *run, "--epochs=1", f"--workdir={tmp_path / 'parts'}") == 0
    assert call(train, "--epochs=2", f"--workdir={tmp_path / 'parts'}") == 0
    assert epochs(tmp_path / "parts") == [1, 2]
    for whole, parts in zip(weights(tmp_path / "whole"), weights(tmp_path / "parts"), strict=True):
        np.testing.assert_array_equal(whole, parts)
    assert call(evaluate, f"--workdir={tmp_path / 'whole'}", "--split=test") == 0
    assert presets.get("images", data=f"folder:{root}", **SMALL).channels == 3
