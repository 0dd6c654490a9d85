"""The programs, on a model that is told the label."""

import json

import numpy as np
import pytest
from PIL import Image

from kfdiv import evaluate, plotting, presets, sample, train
from kfdiv.runs import Workdir
from tests.programs import call, metrics

SETTINGS = (
    "--preset=digits_conditional",
    "--batch_size=350",
    "--epochs=1",
    # But at the end.
    "--pictures_every=2",
    *(
        f"--set={text}"
        for text in ("units=8", "layers=1", "image_size=4", "passes_per_epoch=1", "width=1.0")
    ),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("runs") / "classes"
    assert call(train, *SETTINGS, f"--workdir={workdir}") == 0
    return workdir


def picture(path):
    return np.asarray(Image.open(path))


def test_a_run_draws_a_row_a_label(finished):
    names = {path.name for path in finished.iterdir()}
    assert {"samples.png", "latents.png", "data.png", "curves.png", "export"} <= names
    model = Workdir(finished).load_model()
    rows = [model.sample(10, condition=label) for label in range(10)]
    grid = plotting.image_grid(np.concatenate(rows), columns=10)
    found = picture(finished / "samples.png")
    factor = len(found) // len(grid)
    # The file keeps the weights, whose graph the picture was drawn from: to a grey or two.
    difference = found[::factor, ::factor].astype(int) - grid[..., 0]
    assert np.abs(difference).max() <= 2


@pytest.mark.rehearsal
def test_its_figures_are_of_the_conditional_divergence(finished, capsys):
    found = metrics(finished)
    assert (found["divergence"], found["bound_kind"]) == ("kl", "upper")
    assert found["bound"] > 10 * found["bound_se"] > 0
    capsys.readouterr()
    assert call(evaluate, f"--workdir={finished}", "--split=test", "--divergence=js") == 0
    other = json.loads(capsys.readouterr().out)
    assert 0 < other["bound"] < np.log(2)


def test_samples_of_a_label_of_several_and_of_all(finished, tmp_path):
    model = Workdir(finished).load_model()
    cases = {
        "one": (["--condition=3"], [3] * 5),
        "two": (["--condition=7,1"], [7, 7, 7, 1, 1]),
        "all": (["--num=23"], np.repeat(np.arange(10), 3)[:23]),
    }
    for name, (flags, labels) in cases.items():
        output = tmp_path / f"{name}.png"
        flags = ["--num=5", *flags, "--seed=2", f"--output={output}", f"--workdir={finished}"]
        assert call(sample, *flags) == 0
        expected = model.sample(len(labels), seed=2, condition=labels)
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), expected, atol=1e-6)
    # Three a row, in eight rows.
    height, width = picture(tmp_path / "all.png").shape
    assert height * (3 * 5 + 1) == width * (8 * 5 + 1)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--condition=10", "labels from 10 to 10"),
        ("--condition=0.5", "dtype float64"),
        ("--condition=", "64 samples cannot be of 0 labels"),
        ("--condition=three", "--condition must be numbers, but got three"),
    ],
)
def test_other_conditions_are_one_message(finished, capsys, flag, message):
    assert call(sample, f"--workdir={finished}", flag) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error


def test_settings():
    model = presets.get("digits_conditional", units=4, image_size=8).model("kl")
    assert model.condition.num_classes == 10
    assert [t.shape for t in model.decoder.network.inputs] == [(None, 8), (None, 10)]
