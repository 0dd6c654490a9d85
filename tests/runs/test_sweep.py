"""Sweeps: what cannot be trained is told before anything is, and what fails is named at the end."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kfdiv import files, plotting, report, runs, train
from kfdiv.runs import finish, sweep
from tests.programs import call, epochs, weights

TINY = (
    "--preset=zhang/gaussian",
    "--divergence=kl",
    "--batch_size=50",
    "--pictures_every=20",
    "--epochs=1",
    *(f"--set={text}" for text in ("num_examples=100", "steps_per_execution=2")),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What a page and a summary need of a finished run."""
    folder = tmp_path_factory.mktemp("sweep")
    workdir = runs.Workdir(folder / "units-4")
    settings = {"batch_size": 50, "epochs": 1, "units": 4, "num_examples": 100}
    config = runs.Config.make("zhang/gaussian", "kl", steps_per_execution=2, **settings)
    workdir.write_config(config)
    workdir.log.write_text("epoch,step,seconds,loss\n1,2,0.5,1.25\n")
    plotting.save_grid(np.zeros((4, 2, 2, 1)), workdir.samples)
    metrics = {"bound_kind": "upper", "divergence": "kl", "bound": 1.5, "bound_se": 0.25}
    metrics |= {"epochs": 1, "steps": 2, "seconds": 0.5, "split": "train", "examples": 100}
    files.write_json(workdir.metrics, metrics)
    finish.write_manifest(workdir, config, 2)
    return folder


@pytest.fixture
def sweep_of(trained, tmp_path, monkeypatch):
    """Return a function that sweeps as in a process of its own, on jobs that take no time."""
    # Devices of this process are those of other tests.
    monkeypatch.setattr(sweep, "leave_accelerators", lambda: None)

    def call_sweep(text, *arguments, codes=None):
        codes, begun = codes or {}, []

        def run_jobs(jobs, workers, on_end, on_wait, environment):
            for job in jobs:
                begun.append(job)
                code = codes.get(job.name, 0)
                if code == 0:
                    shutil.copytree(trained / "units-4", job.folder, dirs_exist_ok=True)
                job.output.parent.mkdir(parents=True, exist_ok=True)
                job.output.write_text("Training\nerror: the loss\n")
                on_end(job, code)

        monkeypatch.setattr(sweep, "run_jobs", run_jobs)
        folder = tmp_path / "all"
        swept = ("--divergence", "--batch_size")
        words = [word for word in TINY if not word.startswith(swept) or word[2:5] != text[:3]]
        code = call(train, *words, f"--sweep={text}", f"--workdir={folder}", *arguments)
        return code, begun, folder

    return call_sweep


def test_every_run_has_its_command_and_its_folder(sweep_of, trained, capsys):
    code, begun, folder = sweep_of("set.units=4,8;seed=0,1", "--workers=2")
    assert code == 0
    assert [job.name for job in begun] == [
        "units-4_seed-0", "units-4_seed-1", "units-8_seed-0", "units-8_seed-1",
    ]  # fmt: skip
    words = begun[3].command
    assert {"--set=units=8", "--seed=1", f"--workdir={folder / 'units-8_seed-1'}"} <= set(words)
    assert {*TINY} <= set(words)
    assert not [word for word in words if word.startswith(("--sweep", "--workers"))]
    out = capsys.readouterr().out
    assert "4 of 4, " in out
    assert "zhang/gaussian by kl: 1 epochs, 2 steps" in out
    assert f"The comparison: {folder / 'compare.html'}" in out
    page = (folder / "compare.html").read_text()
    assert all(job.name in page for job in begun)


def test_what_is_finished_is_not_begun_again(sweep_of, trained, tmp_path, capsys, monkeypatch):
    shutil.copytree(trained / "units-4", tmp_path / "all" / "units-4")
    whole = lambda workdir, config: finish.Outputs(True, whole=workdir.path.is_dir())  # noqa: E731
    monkeypatch.setattr(sweep.finish, "inspect", whole)
    (tmp_path / "all" / ".partial-20").touch()
    _, begun, folder = sweep_of("units=4,8", codes={"units-8": 1})
    assert [job.name for job in begun] == ["units-8"]
    assert not list(folder.glob(".partial*"))
    assert "units-4: finished already: zhang/gaussian by kl: 1 epochs" in capsys.readouterr().out


def test_failures_are_named_at_the_end_and_the_others_trained(sweep_of, capsys):
    code, begun, folder = sweep_of("units=4,8,16", codes={"units-4": 1, "units-8": -9})
    assert code == 1
    assert len(begun) == 3
    error = capsys.readouterr().err.splitlines()
    assert error == [
        f"error: units-4 failed with exit code 1: the loss (see {folder / 'logs' / 'units-4.txt'})",
        f"error: units-8 was killed (signal 9): the loss (see {folder / 'logs' / 'units-8.txt'})",
    ]
    page = (folder / "compare.html").read_text()
    assert "units-4 failed with exit code 1: the loss" in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed=0,one", "The sweep's run seed-one: flag --seed=one: expected an integ"),
        ("divergence=kl,rk", "The sweep's run divergence-rk: Unknown divergence 'rk'"),
        ("unit=3,4", "Did you mean 'units'"),
        ("units=4,-1", "The sweep's run units--1: ".replace("--1", "-1")),
        ("set.epochs=1,2", "given by --epochs"),
        ("batch_size=50,500", "A batch of 500 is more than the 100 examples"),
        ("seed", "must be NAME=VALUE"),
        ("epochs=1,2", "so that --epochs=1 would be ignored"),
        ("set.num_examples=50", "--set=num_examples is there twice"),
        ("divergence=kl,forward_kl", "one run by two names, divergence-kl and divergence-forward-"),
    ],
)
def test_nothing_begins_before_all_can(sweep_of, capsys, text, message):
    code, begun, folder = sweep_of(text)
    assert (code, begun) == (2, [])
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error
    assert not folder.exists()


def test_a_folder_of_other_files_is_none_for_a_sweep(sweep_of, trained, tmp_path, capsys):
    """Its runs' pictures would be found among those that it may hold."""
    (tmp_path / "all" / "cats").mkdir(parents=True)
    shutil.copytree(trained / "units-4", tmp_path / "all" / "run")
    code, begun, _ = sweep_of("units=4")
    assert (code, begun) == (2, [])
    assert "holds no run, but other files: cats. Choose" in capsys.readouterr().err
    # Of a sweep that has begun there may be notes.
    (tmp_path / "all" / "logs").mkdir()
    assert sweep_of("units=4")[0] == 0


def test_workers_are_for_sweeps_and_runs_are_no_sweeps(trained, capsys):
    assert call(train, *TINY, f"--workdir={trained / 'new'}", "--workers=2") == 2
    assert "--workers is for --sweep alone" in capsys.readouterr().err
    assert call(train, *TINY, f"--workdir={trained / 'units-4'}", "--sweep=seed=0,1") == 2
    assert "holds a run; name another folder" in capsys.readouterr().err
    several = ("--sweep=seed=0,1", "--strategy=multi_worker")
    assert call(train, *TINY, f"--workdir={trained / 'new'}", *several) == 2
    assert "leave out --strategy=multi_worker" in capsys.readouterr().err


def test_a_user_s_threads_stand(monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    environment = sweep.Sweep(tmp_path, [], workers=1_000)._environment()
    assert environment["OMP_NUM_THREADS"] == "3"
    assert environment["TF_NUM_INTRAOP_THREADS"] == "1"
    assert "TF_NUM_INTRAOP_THREADS" not in sweep.Sweep(tmp_path, [], workers=1)._environment()


def test_a_report_of_several(trained, tmp_path, capsys):
    for name in ("a", "b"):
        shutil.copytree(trained / "units-4", tmp_path / "runs" / name)
    (tmp_path / "runs" / "none").mkdir()
    target = tmp_path / "compare.html"
    assert call(report, f"--workdirs={tmp_path}/runs/*", f"--output={target}") == 0
    assert "2 runs" in target.read_text()
    # Folders of one name in two places have their paths.
    other = shutil.copytree(tmp_path / "runs" / "a", tmp_path / "other" / "a")
    assert call(report, f"--workdirs={tmp_path}/runs/a,{other}", f"--output={target}") == 0
    assert str(other) in target.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give --workdir=DIR, the folder of a run, or --workdirs"),
        (["--workdir={}/units-4", "--workdirs={}/units-4"], "Give --workdir=DIR"),
        (["--workdirs={}/units-4"], "--output=FILE.html is missing"),
        (["--workdirs={}/no*", "--output={}/a.html"], "matches no folder of a run"),
        (["--workdir={}"], "holds no run"),
        (["--workdir={}/nowhere"], "There is no folder"),
        (["--workdir={}/units-4", "--output={}/a.txt"], "must end in .html"),
        (["--workdir={}/units-4", "--output={}"], "is a folder; name a file"),
    ],
)
def test_what_cannot_be_reported_is_one_line(trained, capsys, arguments, message):
    assert call(report, *(text.format(trained) for text in arguments)) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert message in error


@pytest.mark.rehearsal
def test_a_sweep_that_is_killed_ends_as_one_that_is_not(tmp_path):
    """In processes of its own, killed parent and child without notice, and begun again."""
    command = [sys.executable, "-m", "kfdiv.train", *TINY, "--epochs=30"]
    command += ["--sweep=seed=0,1", "--workers=2", f"--workdir={tmp_path / 'killed'}"]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    parent = subprocess.Popen(command, env=environment)
    try:
        logs = [tmp_path / "killed" / f"seed-{seed}" / "log.csv" for seed in (0, 1)]
        while not all(log.exists() for log in logs):
            assert parent.poll() is None
            time.sleep(0.02)
        holder = (tmp_path / "killed" / "seed-0" / ".lock").read_text()
        os.kill(int(holder.split()[1]), signal.SIGKILL)
    finally:
        parent.kill()
        parent.wait()
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "killed" / "compare.html").exists()
    whole = [word.replace(str(tmp_path / "killed"), str(tmp_path / "whole")) for word in command]
    subprocess.run(whole, env=environment, capture_output=True, check=True)
    for name in ("seed-0", "seed-1"):
        assert epochs(tmp_path / "killed" / name) == list(range(1, 31))
        pairs = zip(
            weights(tmp_path / "killed" / name), weights(tmp_path / "whole" / name), strict=True
        )
        for killed, undisturbed in pairs:
            np.testing.assert_array_equal(killed, undisturbed)
