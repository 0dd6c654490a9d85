"""The programs train, sample and evaluate, on the smallest of runs."""

import json
import resource
import runpy
import shutil
import signal
import sys

import numpy as np
import pytest
import tensorflow as tf
from absl import app, flags
from PIL import Image

from kfdiv import callbacks, commands, evaluate, files, report, sample, train
from tests.damages import DAMAGES
from tests.programs import call, epochs, kill_after, metrics, weights

EPOCHS = 6
SETTINGS = (
    "--preset=zhang/gaussian",
    "--divergence=kl",
    "--batch_size=50",
    # To draw them takes longer than to train; at the end they are drawn in any case.
    "--pictures_every=20",
    *(f"--set={text}" for text in ("units=8", "num_examples=500", "steps_per_execution=4")),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that nothing interrupted; beside it is what a kill in its third epoch would leave."""
    workdir = tmp_path_factory.mktemp("runs") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        # The last moment of an epoch at which its backup is still missing.
        copy = lambda: shutil.copytree(workdir, workdir.with_name("killed"))  # noqa: E731
        before_epoch(callbacks.ExactResume, "on_epoch_end", 3, copy, patch)
        assert call(train, *SETTINGS, f"--epochs={EPOCHS}", f"--workdir={workdir}") == 0
    return workdir


def before_epoch(callback, method, epoch, action, monkeypatch):
    """Let something happen before a callback hears that an epoch begins, or ends."""
    hear = getattr(callback, method)

    def act_and_hear(self, index, logs=None):
        if index == epoch - 1:
            action()
        hear(self, index, logs)

    monkeypatch.setattr(callback, method, act_and_hear)


def test_writes_all_that_it_promises(finished, capsys):
    names = {path.name for path in finished.iterdir()}
    files = {"config.json", "log.csv", "metrics.json", "model.keras", "tensorboard", "backup"}
    files |= {"samples.png", "latents.png", "curves.png", "export", "manifest.json", ".lock"}
    files |= {"report.html"}
    assert names == files
    assert epochs(finished) == list(range(1, EPOCHS + 1))
    found = metrics(finished)
    assert (found["epochs"], found["steps"]) == (EPOCHS, EPOCHS * 10)
    assert 0 < found["bound_se"] < found["bound"] < 100
    assert found["versions"]["tensorflow"] == tf.__version__


def test_a_finished_run_says_so_and_changes_nothing(finished, capsys):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("[!.]*")}
    assert call(train, *SETTINGS, f"--workdir={finished}") == 0
    out = capsys.readouterr().out
    assert "finished already" in out
    for name in ("samples.png", "metrics.json", "model.keras", "export"):
        assert str(finished / name) in out
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("[!.]*")} == before


# Without notice, another process: it takes a process that imports TensorFlow.
@pytest.fixture(params=["copied", pytest.param("killed", marks=pytest.mark.rehearsal)])
def killed(request, finished, tmp_path):
    """The folder of a run that got as far as its third epoch."""
    if request.param == "copied":
        return shutil.copytree(finished.with_name("killed"), tmp_path / "run")
    kill_after(
        3, (*SETTINGS, f"--epochs={EPOCHS}", f"--workdir={tmp_path / 'run'}"), tmp_path / "run"
    )
    return tmp_path / "run"


def test_killed_and_stopped_run_ends_as_one_that_was_not(finished, killed, monkeypatch, capsys):
    assert not (killed / "metrics.json").exists()
    assert len(epochs(killed)) >= 3
    # The folder says what the run is.
    with monkeypatch.context() as patch:
        stop = lambda: signal.raise_signal(signal.SIGTERM)  # noqa: E731
        before_epoch(callbacks.EpochLog, "on_epoch_begin", 5, stop, patch)
        assert call(train, "--pictures_every=20", f"--workdir={killed}") == 143
    assert f"To go on: python -m kfdiv.train --workdir={killed}" in capsys.readouterr().err
    assert epochs(killed) == list(range(1, 5))
    assert [path.name for path in (killed / "backup").glob("*-44")] == ["step-44"]
    assert call(train, *SETTINGS, f"--epochs={EPOCHS}", f"--workdir={killed}") == 0
    assert epochs(killed) == list(range(1, EPOCHS + 1))
    assert_ends_alike(finished, killed)


def told(capsys):
    """The lines about damaged files."""
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]


def test_a_finished_run_writes_what_is_lost_or_damaged(finished, tmp_path, monkeypatch, capsys):
    run = shutil.copytree(finished, tmp_path / "run")
    damages = {
        "config.json": "flip",
        "log.csv": "flip",
        "metrics.json": "truncate",
        "model.keras": "flip",
        "samples.png": "lose",
        "curves.png": "empty",
    }
    for name, damage in damages.items():
        DAMAGES[damage](run / name)
    shutil.rmtree(run / "tensorboard")
    # It takes most of the time, and is as it was.
    monkeypatch.delattr("kfdiv.models.GenerativeModel.export")
    assert call(train, f"--workdir={run}") == 0
    lines = told(capsys)
    assert len(lines) == len(damages) + 1
    for name in (*damages, "tensorboard"):
        assert any(name in line for line in lines), name
    assert_ends_alike(finished, run)
    for name in ("samples.png", "curves.png", "config.json"):
        assert (run / name).read_bytes() == (finished / name).read_bytes()
    # All is well again.
    assert call(train, f"--workdir={run}") == 0
    assert told(capsys) == []


def test_a_report_of_a_run_old_or_new(finished, tmp_path, monkeypatch, capsys):
    run = shutil.copytree(finished, tmp_path / "run")
    page = (run / "report.html").read_text()
    for text in ("zhang/gaussian by kl", "upper bound on kl", "--set=units=8", "data:image/png"):
        assert text in page
    # Of an earlier version, or lost.
    (run / "report.html").unlink()
    (run / "test.json").write_text(
        json.dumps({"bound": 0.5, "bound_se": 0.25, "bound_kind": "lower", "divergence": "js",
                    "split": "test", "examples": 7})
    )  # fmt: skip
    # Somebody else's.
    (run / "mine.json").write_text(json.dumps({"bound": "x", "bound_se": [], "bound_kind": 1}))
    (run / "list.json").write_text("[1]")
    assert call(report, f"--workdir={run}") == 0
    assert capsys.readouterr().out == f"wrote {run / 'report.html'}\n"
    assert "lower bound on js" in (run / "report.html").read_text()
    # The run knows the page for its own.
    assert call(train, f"--workdir={run}") == 0
    captured = capsys.readouterr()
    assert "finished already" in captured.out
    assert captured.err == ""
    # It takes most of the time, and is as it was.
    monkeypatch.delattr("kfdiv.models.GenerativeModel.export")
    # One that is damaged is put right by the run's command, which takes away what is half-written.
    (run / "report.html").write_text("")
    (run / "history").mkdir(exist_ok=True)
    for folder in (run, run / "history"):
        (folder / ".partial-20").touch()
    assert call(train, f"--workdir={run}") == 0
    assert "report.html is empty" in capsys.readouterr().err
    assert "lower bound on js" in (run / "report.html").read_text()
    assert not list(run.rglob(".partial*"))


@pytest.mark.parametrize("damage", ["flip", "lose"])
def test_an_older_backup_of_a_finished_run_is_of_no_use(finished, tmp_path, capsys, damage):
    run = shutil.copytree(finished, tmp_path / "run")
    older = min((run / "backup").glob("step-*"), key=lambda path: int(path.name[5:]))
    if damage == "lose":
        shutil.rmtree(older)
    else:
        DAMAGES[damage](older / "manifest.json")
    assert call(train, f"--workdir={run}") == 0
    captured = capsys.readouterr()
    assert "finished already" in captured.out
    assert captured.err == ""


def assert_ends_alike(ours, theirs):
    for whole, resumed in zip(weights(ours), weights(theirs), strict=True):
        np.testing.assert_array_equal(whole, resumed)
    assert {**metrics(ours), "seconds": 0} == {**metrics(theirs), "seconds": 0}
    for folder in (ours, theirs):
        assert epochs(folder) == list(range(1, EPOCHS + 1))
        assert len(list(folder.glob("backup/step-*"))) == 2
        assert not [path for path in folder.rglob(".*") if path.name != ".lock"]


@pytest.mark.rehearsal
def test_an_interrupted_run_goes_on_from_what_is_whole(finished, tmp_path, capsys):
    run = shutil.copytree(finished.with_name("killed"), tmp_path / "run")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))
    try:
        assert call(train, "--pictures_every=20", f"--workdir={run}") == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    error = capsys.readouterr().err
    assert error.startswith("error: Stopped, for something could not be written: ")
    assert error.count("\n") == 1
    assert f"go on: python -m kfdiv.train --workdir={run}" in error
    assert not [path for path in run.rglob(".*") if path.name != ".lock"]
    for path in (run / "config.json", run / "model.keras", run / "backup/step-20/manifest.json"):
        DAMAGES["truncate"](path)
    assert call(train, "--pictures_every=20", f"--workdir={run}") == 0
    lines = told(capsys)
    assert len(lines) == 3
    assert "config.json is not readable" in lines[0]
    assert all(line.endswith("step-10, step 10, is taken.") for line in lines[1:3])
    assert_ends_alike(finished, run)


def test_training_anew_over_results_takes_a_flag(finished, tmp_path, capsys):
    run = shutil.copytree(finished, tmp_path / "run")
    shutil.rmtree(run / "backup")
    (run / "model.keras").unlink()
    before = sorted(run.rglob("*"))
    assert call(train, *SETTINGS, f"--epochs={EPOCHS}", f"--workdir={run}") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "are lost. Put it back from a copy, or train anew: add --restart" in error
    assert sorted(run.rglob("*")) == before
    assert call(train, *SETTINGS, "--epochs=1", "--restart", f"--workdir={run}") == 0
    assert f"The earlier results are in {run / 'previous-1'}" in capsys.readouterr().out
    assert epochs(run) == [1]
    assert epochs(run / "previous-1") == list(range(1, EPOCHS + 1))


@pytest.mark.rehearsal
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
    assert (other["split"], other["divergence"], other["trained_by"]) == ("test", "js", "kl")
    assert 0 < other["bound"] < np.log(2)


@pytest.fixture(scope="module")
def folders(finished):
    """Folders beside the finished run, in which something is in the way."""
    beside = finished.parent
    (beside / "b.png").mkdir()
    (beside / "occupied" / "export").mkdir(parents=True)
    (beside / "occupied" / "export" / "thesis.tex").touch()
    for name in ("picture/samples.png", "listed/manifest.json"):
        (beside / name).mkdir(parents=True)
    (beside / "foreign").mkdir()
    (beside / "foreign" / "notes.txt").touch()
    (beside / "damaged").mkdir()
    shutil.copy(finished / "config.json", beside / "damaged")
    (beside / "damaged" / "model.keras").touch()
    with files.locked(beside / "held"):
        yield


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
        (train, ["--workdir={}/n\0w", "--preset=digits"], "holds a NUL character"),
        (train, ["--workdir={}/occupied", "--preset=digits"], "is not a SavedModel"),
        (
            train,
            ["--workdir=/proc/new", "--preset=digits"],
            "--workdir=/proc/new cannot be written to: No such file or directory; choose another",
        ),
        (train, ["--workdir={}/foreign", "--preset=digits"], "no run, but other files: notes.txt"),
        (train, ["--workdir={}/picture", *SETTINGS], "samples.png is a folder, and is to be a f"),
        (train, ["--workdir={}/listed", *SETTINGS], "manifest.json is a folder, and is to be a "),
        (train, ["--workdir={}/held"], "is in use by process"),
        (train, ["--workdr={}/new"], "Unknown command line flag 'workdr'. Did you mean: workdir"),
        (train, ["--epochs=0"], "flag --epochs=0: 0 is not a positive integer"),
        (train, ["--seed=-5"], "flag --seed=-5"),
        (
            train,
            ["--workdir={}/new", "--preset=digits", "--set=learning_rate=nan"],
            "learning_rate must be a finite number > 0, but got nan",
        ),
        (
            train,
            ["--workdir={}/new", "--preset=digits", "--set=learning_rate=-1"],
            "learning_rate must be a finite number > 0, but got -1.0",
        ),
        (train, ["--seed=one"], "flag --seed=one: expected an integer. See --help."),
        (train, ["--units=3"], "'units'. It is a setting of presets: --set=units=VALUE. See"),
        (
            train,
            ["--workdir={}/new", "--set=units=3", "--set=units=4"],
            "--set=units is there twic",
        ),
        (train, ["--workdir={}/new", "--batch_size=3", "--set=batch_size=4"], "are the same. Give"),
        (
            train,
            ["--workdir={}/whole", "--preset=tabular"],
            "preset is zhang/gaussian there, tabular here. Ch",
        ),
        (sample, ["--num=0"], "flag --num=0"),
        (evaluate, ["--examples=1"], "flag --examples=1"),
        (evaluate, ["--workdir={}/whole", "--output={}/whole/config.json/e.json"], "is a file"),
        (sample, [], "--workdir=DIR is missing"),
        (sample, ["--workdir={}/new"], "There is no folder"),
        (sample, ["--workdir={}"], "holds no run"),
        (sample, ["--workdir={}/whole", "--output=a.txt"], "must end in .png"),
        (sample, ["--workdir={}/whole", "--output={}/b.png"], "is a folder; name a file"),
        (sample, ["--workdir={}/whole", "--output=/proc/a.png"], "cannot be written"),
        (sample, ["--workdir={}/damaged"], "model.keras is empty. To put it right"),
        (evaluate, ["--workdir={}/whole", "--output={}"], "is a folder; name a file"),
        (evaluate, ["--workdir={}"], "holds no run"),
        (evaluate, ["--workdir={}/whole", "--split=dev"], "expected one of train, validation"),
        (evaluate, ["--workdir={}/whole", "--divergence=j"], "Unknown divergence 'j'"),
    ],
)
def test_errors_are_one_message(finished, folders, capsys, program, arguments, message):
    filled = [text.format(finished.parent) for text in arguments]
    assert call(program, *filled) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    # How data are prepared takes several.
    assert error.count("\n") == 1 or message == "not been prepared"
    assert message in error
    assert not (finished.parent / "new").exists()


@pytest.mark.parametrize("name", ["train", "sample", "evaluate", "report"])
def test_a_wrong_flag_ends_the_program_with_code_2(name, monkeypatch, capsys):
    """As the console script does: absl's own parser ends with 1, a broken loss' code."""
    app.define_help_flags()
    known = set(flags.FLAGS)
    monkeypatch.delitem(sys.modules, f"kfdiv.{name}")
    monkeypatch.setattr(sys, "argv", [f"kfdiv-{name}", "--workdr=here"])
    with pytest.raises(SystemExit) as ended:
        getattr(commands, name)()
    for flag in set(flags.FLAGS) - known:
        delattr(flags.FLAGS, flag)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: Unknown command line flag 'workdr'. Did you")


def test_list_names_presets_and_divergences(capsys):
    assert call(train, "--list") == 0
    out = capsys.readouterr().out
    for name in ("digits", "zhang/mnist", "encoder_steps=20", "squared_hellinger"):
        assert name in out


def test_help_reads_like_documentation(monkeypatch, capsys):
    """What `python -m kfdiv.train --help` says, but for a process that imports TensorFlow again."""
    app.define_help_flags()
    known = set(flags.FLAGS)
    monkeypatch.delitem(sys.modules, "kfdiv.train")
    monkeypatch.setattr(sys, "argv", ["train", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("kfdiv.train", run_name="__main__", alter_sys=True)
    for name in set(flags.FLAGS) - known:
        delattr(flags.FLAGS, name)
    assert ended.value.code == 0
    out = capsys.readouterr().out
    for text in ("For example:", "--preset", "--divergence", "Exit codes"):
        assert text in out
