"""Each example, run as its users run it, on the smallest budget."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def run(script, folder, *arguments):
    """Run an example in `folder`; fail with what it wrote to stderr."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "Agg",
        "TFDS_DATA_DIR": str(folder / "no_data"),
    }
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


def record(folder, name):
    result = json.loads((folder / f"{name}.json").read_text())
    assert result["example"] == name
    assert name in result["command"]
    picture = (folder / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    return result


@pytest.mark.slow
def test_gaussian_fit(tmp_path):
    run(
        "gaussian_fit.py",
        tmp_path,
        "--results=out",
        "--steps=200",
        "--weights=0.4,0.6",
        "--means=-1,1",
        "--scales=0.5,0.5",
        "--divergences=rkl",
        "--seeds=0",
    )
    result = record(tmp_path / "out", "gaussian_fit")
    assert result["mixture"]["weights"] == [0.4, 0.6]
    assert result["paper"] == {}
    assert [fit["estimator"] for fit in result["fits"]] == ["upper", "lower"]
    for fit in result["fits"]:
        assert {"mu", "sigma", "true_divergence", "bound", "bound_se"} <= set(fit)
        assert fit["true_divergence"] >= result["optima"]["rkl"]["divergence"] > 0


@pytest.mark.slow
def test_ring(tmp_path):
    run("ring.py", tmp_path, "--results=out", "--steps=100", "--divergences=js")
    fit = record(tmp_path / "out", "ring")["fits"]["js"]
    assert 0 <= fit["good_samples"] <= 1
    assert 0 <= fit["modes_covered"] <= len(fit["samples_by_mode"]) == 7


@pytest.mark.slow
def test_celeba_on_invented_images(tmp_path):
    rehearsal = ["--mock", "--samples=4", "--results=out", "--workdir=work"]
    run("celeba_forward_reverse.py", tmp_path, *rehearsal)
    result = record(tmp_path / "out", "celeba_forward_reverse")
    assert result["mock"]
    assert set(result["fits"]) == {"kl", "rkl", "data"}
    assert all(set(fit) == {"sharpness", "variability"} for fit in result["fits"].values())
    assert result["fits"]["data"]["sharpness"] > 0
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"warmup", "kl", "rkl"}


def test_quickstart_is_short():
    lines = (ROOT / "examples" / "quickstart.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) < 25


@pytest.mark.parametrize(
    "script", ["gaussian_fit.py", "ring.py", "mnist_forward_reverse.py", "report.py"]
)
def test_a_wrong_flag_is_named(script, tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / script, "--budget=3"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "Unknown command line flag 'budget'" in done.stderr
