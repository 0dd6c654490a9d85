"""Backups that are damaged, half-written, another run's, or another process's."""

import json
import pickle
import shutil
import warnings

import keras
import numpy as np
import pytest

from kfdiv import callbacks, files
from kfdiv.callbacks import archive, backups
from kfdiv.files import flushing
from tests.damages import DAMAGES

FILES = ("model.weights.h5", "manifest.json", "log.csv")


def steps(folder):
    return sorted(int(path.name[5:]) for path in folder.glob("step-*"))


def state(model):
    return [np.asarray(v) for v in (*model.weights, *model.decoder_optimizer.variables)]


def assert_same(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def made(folder):
    """What a run in a folder has: its log, its checkpoint, its backups."""
    log = callbacks.EpochLog(folder / "log.csv")
    checkpoint = callbacks.Checkpoint(folder / "model.keras", log, {"preset": "a"})
    backup = callbacks.ExactResume(
        folder / "backup", checkpoint=checkpoint.path, log=log, run={"preset": "a"}
    )
    return log, checkpoint, backup


@pytest.fixture(scope="module")
def trained(_compiled, dataset, tmp_path_factory):
    """A run of three epochs of four steps, and the states at the ends of the last two."""
    model, start = _compiled
    model.load_weights(start)
    folder = tmp_path_factory.mktemp("trained") / "run"
    states = {}

    class Note(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            states[int(self.model.step.numpy())] = state(self.model)

    model.fit(dataset, epochs=3, verbose=0, callbacks=[*made(folder), Note()])
    return folder, states


@pytest.fixture
def run(trained, tmp_path):
    folder, states = trained
    return shutil.copytree(folder, tmp_path / "run"), states


def restored(folder, model, **options):
    """Restore, as `fit` does; return step and state."""
    *_, backup = made(folder)
    for name, value in options.items():
        setattr(backup, name, value)
    try:
        backup.restore(model)
    finally:
        backup.release()
    return int(model.step.numpy()), state(model)


def test_two_backups_stay_and_nothing_else(trained):
    folder, _ = trained
    assert steps(folder / "backup") == [8, 12]
    hidden = [path.name for path in folder.rglob(".*")]
    assert hidden == [".lock"]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_damage_of_the_newest_backup_leads_to_the_one_before(run, restart, name, damage):
    folder, states = run
    DAMAGES[damage](folder / "backup" / "step-12" / name)
    with pytest.warns(
        files.DamagedFileWarning, match="The state of .*step-8, step 8, is taken"
    ) as told:
        step, found = restored(folder, restart(), checkpoint=None)
    assert (step, len(told)) == (8, 1)
    assert_same(found, states[8])


def test_where_the_checkpoint_is_newer_than_the_whole_backups_it_is_taken(run, restart):
    folder, states = run
    DAMAGES["flip"](folder / "backup" / "step-12" / "model.weights.h5")
    message = r"step-12 is passed over: .*The state of .*model\.keras, step 12, is"
    with pytest.warns(files.DamagedFileWarning, match=message):
        step, found = restored(folder, restart())
    assert step == 12
    assert_same(found, states[12])


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_log_and_checkpoint(run, restart, damage):
    folder, states = run
    table = (folder / "log.csv").read_bytes()
    DAMAGES[damage](folder / "log.csv")
    if damage != "lose":
        DAMAGES[damage](folder / "model.keras")
    with pytest.warns(files.DamagedFileWarning) as told:
        step, found = restored(folder, restart())
    assert_same(found, states[step])
    assert (folder / "log.csv").read_bytes() == table
    assert len(told) == (1 if damage == "lose" else 2)
    words = {"lose": "is lost: ", "empty": "is empty: "}.get(
        damage, "is damaged or another run's: "
    )
    assert f"{words}put back as it was at step 12" in str(told[-1].message)


def test_without_backups_the_checkpoint_goes_on_with_its_table(run, restart, dataset):
    folder, states = run
    table = (folder / "log.csv").read_bytes()
    shutil.rmtree(folder / "backup")
    (folder / "log.csv").unlink()
    with pytest.warns(files.DamagedFileWarning, match=r"log\.csv is lost: put back"):
        step, found = restored(folder, restart())
    assert step == 12
    assert_same(found, states[12])
    assert (folder / "log.csv").read_bytes() == table


def test_a_newer_checkpoint_counts_and_a_stale_backup_does_not(run, restart):
    folder, states = run
    shutil.rmtree(folder / "backup" / "step-12")
    step, found = restored(folder, restart())
    assert step == 12
    assert_same(found, states[12])
    # A folder that is named as if it were newer.
    (folder / "backup" / "step-8").rename(folder / "backup" / "step-99")
    with pytest.warns(files.DamagedFileWarning, match="step-99 is passed over: it holds step 8"):
        assert restored(folder, restart())[0] == 12


def test_where_nothing_is_whole_it_does_not_begin_anew(run, restart):
    folder, _ = run
    for path in [*folder.rglob("*.h5"), folder / "model.keras"]:
        DAMAGES["flip"](path)
    with pytest.raises(
        callbacks.NoStateError, match=r"no whole state.*step-12: .*checksum"
    ) as told:
        restored(folder, restart())
    # From a process of several that train.
    assert str(pickle.loads(pickle.dumps(told.value))) == str(told.value)


def test_another_run_s_backup_is_refused_by_what_differs(run, restart):
    folder, _ = run
    with pytest.raises(callbacks.NoStateError, match="another run: preset is a there, b here"):
        restored(folder, restart(), run={"preset": "b"})
    model = restart()
    model.seed = 7
    try:
        with pytest.raises(callbacks.NoStateError, match="seed is 0 there, 7 here"):
            restored(folder, model)
    finally:
        model.seed = 0
    # `epochs` may grow.
    assert restored(folder, restart(), run={"preset": "a", "epochs": 9})[0] == 12


def test_a_disk_that_gives_back_other_bytes_spoils_no_backup(run, restart, dataset, monkeypatch):
    folder, _ = run
    model = restart()

    def spoil(path):
        if path.name == backups.WEIGHTS:
            DAMAGES["flip"](path)

    monkeypatch.setattr(flushing, "forget", spoil)
    *_, backup = made(folder)
    with pytest.raises(files.DamageError, match=r"step 13 was written.*but read back damaged"):
        model.fit(dataset, epochs=4, verbose=0, callbacks=[backup, Save(backup)])
    assert steps(folder / "backup") == [8, 12]
    assert [p.name for p in (folder / "backup").glob(".*")] == [".lock"]


class Save(keras.callbacks.Callback):
    def __init__(self, backup):
        super().__init__()
        self.backup = backup

    def on_train_batch_end(self, batch, logs=None):
        self.backup.save()


def test_another_process_is_refused_and_the_end_of_fit_lets_it_in(run, restart, dataset):
    folder, _ = run
    *_, backup = made(folder)
    with (
        files.locked(folder / "backup"),
        pytest.raises(files.InUseError, match="in use by process"),
    ):
        restart().fit(dataset, epochs=3, verbose=0, callbacks=[backup])
    restart().fit(dataset, epochs=3, verbose=0, callbacks=[backup])
    with files.locked(folder / "backup"):
        pass


def test_backups_of_earlier_versions_are_loaded(run, restart):
    folder, states = run
    old = folder / "backup" / "step-12"
    shutil.rmtree(folder / "backup" / "step-8")
    (old / "manifest.json").unlink()
    (old / "log.csv").unlink()
    (old / "state.json").write_text(json.dumps({"start": 0, "step": 12}))
    with warnings.catch_warnings(record=True):
        step, found = restored(folder, restart(), checkpoint=None)
    assert step == 12
    assert_same(found, states[12])
    DAMAGES["truncate"](old / "model.weights.h5")
    with pytest.raises(callbacks.NoStateError, match="cannot be loaded"):
        restored(folder, restart(), checkpoint=None)


def test_what_a_dead_process_left_is_swept_and_removed_with_old_backups(run, restart, dataset):
    folder, _ = run
    (folder / "backup" / ".partial-12").mkdir()
    shutil.copytree(folder / "backup" / "step-8", folder / "backup" / "step-2")
    DAMAGES["flip"](folder / "backup" / "step-12" / "manifest.json")
    with pytest.warns(files.DamagedFileWarning):
        restart().fit(dataset, epochs=4, verbose=0, callbacks=[*made(folder)])
    assert steps(folder / "backup") == [8, 16]
    assert [p.name for p in (folder / "backup").glob(".*")] == [".lock"]


def test_every_member_of_a_checkpoint_is_checked(run):
    folder, _ = run
    path = folder / "model.keras"
    content = path.read_bytes()
    assert archive.check(path)["step"] == 12
    for part in range(1, 40):
        broken = bytearray(content)
        broken[part * len(content) // 40] ^= 1
        path.write_bytes(bytes(broken))
        with pytest.raises(files.DamageError, match=r"model\.keras is damaged"):
            archive.check(path)


def test_running_means_that_are_no_numbers_are_kept_as_they_are(run, restart, dataset):
    """A metric of the user's may be a NaN, or an infinity where it holds the least so far."""

    class Unusual(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            for variable, value in zip(self.model.metrics_variables, (np.nan, -np.inf)):  # noqa: B905
                variable.assign(value)

    folder, _ = run
    *others, backup = made(folder)
    restart().fit(dataset, epochs=4, verbose=0, callbacks=[*others, Unusual(), backup])
    again = made(folder)[-1]
    try:
        again.restore(restart())
    finally:
        again.release()
    assert again._means[:2] == [pytest.approx(np.nan, nan_ok=True), -np.inf]
