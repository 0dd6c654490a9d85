"""Every file of a run, in every way of being damaged: the run ends as if nothing had happened."""

import json
import shutil

import numpy as np
import pytest

from kfdiv import callbacks, train
from tests.damages import DAMAGES
from tests.programs import call, epochs, metrics, weights

pytestmark = pytest.mark.rehearsal
EPOCHS = 3
SETTINGS = (
    "--preset=zhang/gaussian",
    "--batch_size=50",
    "--pictures_every=20",
    f"--epochs={EPOCHS}",
    *(f"--set={text}" for text in ("units=8", "num_examples=500", "steps_per_execution=4")),
)
KINDS = [*DAMAGES, "other"]


class Stop(Exception):
    """What a kill is for a test."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Three runs: a finished one, what a kill in its third epoch leaves, and another seed's."""
    folder = tmp_path_factory.mktemp("runs")

    save = callbacks.ExactResume.save

    def copy_and_save(self):
        if int(self.model.step.numpy()) == 20 and not (folder / "killed").exists():
            save(self)
            shutil.copytree(folder / "finished", folder / "killed")
        save(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callbacks.ExactResume, "save", copy_and_save)
        assert call(train, *SETTINGS, f"--workdir={folder / 'finished'}") == 0
    assert call(train, *SETTINGS, "--seed=1", f"--workdir={folder / 'other'}") == 0
    return folder


def inner(folder):
    """The files of a run, by names that another run's have, too; without what is not looked at."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock"]


def twin(path, run, other):
    """The file of another run that has the place of `path`."""
    relative = path.relative_to(run)
    if relative.parts[0] == "tensorboard":
        return next((other / "tensorboard").iterdir())
    return other / relative


def assert_same_end(ours, theirs):
    for a, b in zip(weights(ours), weights(theirs), strict=True):
        np.testing.assert_array_equal(a, b)
    assert {**metrics(ours), "seconds": 0} == {**metrics(theirs), "seconds": 0}
    assert epochs(theirs) == list(range(1, EPOCHS + 1))
    for path in ours.glob("*.png"):
        assert (theirs / path.name).read_bytes() == path.read_bytes(), path.name
    assert json.loads((theirs / "manifest.json").read_text())["files"].keys() >= {"config.json"}
    assert (theirs / "export" / "saved_model.pb").exists()
    assert not [path for path in theirs.rglob(".*") if path.name != ".lock"]


@pytest.mark.parametrize("kind", ["finished", "killed"])
@pytest.mark.parametrize("damage", KINDS)
def test_every_file(trained, tmp_path, capsys, kind, damage):
    for index in range(len(inner(trained / kind))):
        run = shutil.copytree(trained / kind, tmp_path / f"{index}")
        path = inner(run)[index]
        name = path.relative_to(run).as_posix()
        if damage == "other":
            source = twin(path, run, trained / "other")
            if not source.exists() or source.read_bytes() == path.read_bytes():
                continue
            shutil.copy(source, path)
        else:
            DAMAGES[damage](path)
        capsys.readouterr()
        code = call(train, "--pictures_every=20", f"--workdir={run}")
        error = capsys.readouterr().err
        lines = [s for s in error.splitlines() if s.startswith(("warning: ", "error: "))]
        assert code == 0, (name, error)
        assert_same_end(trained / "finished", run)
        # Pictures of a run that goes on are drawn again in any case.
        drawn = kind == "killed" and path.suffix in (".png", ".html")
        # Of a finished run the last backup is enough.
        unused = kind == "finished" and name.startswith(f"backup/step-{10 * (EPOCHS - 1)}/")
        assert (len(lines) >= 1) != (drawn or unused), (name, lines)
        shutil.rmtree(run)


@pytest.mark.parametrize("folder", ["backup", "tensorboard", "export"])
def test_every_folder(trained, tmp_path, capsys, folder):
    run = shutil.copytree(trained / "finished", tmp_path / "run")
    shutil.rmtree(run / folder)
    assert call(train, f"--workdir={run}") == 0
    assert f"warning: {run}" in capsys.readouterr().err
    assert_same_end(trained / "finished", run)
