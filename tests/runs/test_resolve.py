import pytest

from kfdiv import runs


@pytest.fixture
def workdir(tmp_path):
    return runs.Workdir(tmp_path / "run")


def begin(workdir, *arguments, **options):
    """Resolve a run, write it down and take a step of it."""
    config = runs.resolve_config(workdir, *arguments, **options)
    workdir.write_config(config)
    (workdir.backup / "step-1").mkdir(parents=True)
    return config


def test_a_new_run_is_not_written_down_yet(workdir):
    config = runs.resolve_config(workdir, "digits", "rkl", seed=3, epochs=8, settings={"units": 16})
    assert not workdir.path.exists()
    workdir.write_config(config)
    assert workdir.read_config() == config
    assert (config.epochs, config.seed, config.settings["units"]) == (8, 3, 16)
    preset = config.build()
    assert (preset.epochs, preset.warmup_epochs, preset.units) == (8, 2, 16)


@pytest.mark.parametrize(
    "again",
    [
        {"preset": "digits", "divergence": "rkl", "epochs": 8},
        {"preset": "digits", "divergence": "reverse_kl"},
        {"preset": "digits"},
        {},
        {"seed": 0, "settings": {"units": 384}},
    ],
)
def test_the_same_run_is_recognised(workdir, again):
    first = begin(workdir, "digits", "rkl", epochs=8)
    assert runs.resolve_config(workdir, **again) == first


@pytest.mark.parametrize(
    ("again", "difference"),
    [
        ({"preset": "digits", "seed": 1}, "seed is 0 there, 1 here"),
        ({"seed": 1}, "seed is 0 there, 1 here"),
        ({"preset": "digits", "divergence": "js"}, r"divergence is RKL\(\) there, JS\(\) here"),
        ({"divergence": "js"}, r"divergence is RKL\(\) there, JS\(\) here"),
        ({"settings": {"units": 4}}, "units is 384 there, 4 here"),
        ({"preset": "zhang/ring"}, "preset is digits there, zhang/ring here"),
    ],
)
def test_another_run_is_refused_by_its_difference(workdir, again, difference):
    first = begin(workdir, "digits", "rkl", epochs=8)
    with pytest.raises(ValueError, match=f"holds another run: .*{difference}"):
        runs.resolve_config(workdir, **again)
    assert workdir.read_config() == first


def test_epochs_grow_and_schedules_stay(workdir):
    begin(workdir, "zhang/ring", epochs=4)
    longer = runs.resolve_config(workdir, "zhang/ring", epochs=6)
    workdir.write_config(longer)
    assert longer.epochs == 6
    assert longer.build().annealing_epochs == 4
    assert runs.resolve_config(workdir) == longer
    assert runs.resolve_config(workdir, "zhang/ring") == longer
    with pytest.raises(ValueError, match="is to reach epoch 6, but got --epochs=5"):
        runs.resolve_config(workdir, epochs=5)


def test_a_run_that_ended_before_its_first_backup_can_be_begun_otherwise(workdir):
    workdir.write_config(runs.resolve_config(workdir, "digits", settings={"learning_rate": 9.0}))
    again = runs.resolve_config(workdir, "digits", settings={"learning_rate": 0.01})
    assert again.settings["learning_rate"] == 0.01


def test_a_file_is_no_workdir(workdir):
    workdir.path.write_text("notes")
    with pytest.raises(ValueError, match="is a file; name a folder"):
        runs.resolve_config(workdir, "digits")
    assert workdir.path.read_text() == "notes"


def test_a_folder_of_other_files_is_no_workdir(workdir):
    workdir.path.mkdir()
    for name in (".git", "previous-1", "samples.png"):
        (workdir.path / name).touch()
    runs.resolve_config(workdir, "digits")
    for name in ("thesis.tex", "a.txt", "b.txt", "c.txt", "d.txt"):
        (workdir.path / name).touch()
    message = r"holds no run, but other files: a\.txt, b\.txt, c\.txt and 2 more\. Choose another"
    for restart in (False, True):
        with pytest.raises(FileExistsError, match=message):
            runs.resolve_config(workdir, "digits", restart=restart)
    # Beside a run there may be others.
    beside = runs.Workdir(workdir.path / "beside")
    begin(beside, "digits")
    (beside.path / "notes.txt").touch()
    for options in ({}, {"restart": True}, {"preset": "digits", "restart": True}):
        runs.resolve_config(beside, **options)
    with pytest.raises(
        FileExistsError, match=r"folders of runs, .* beside\. Go on with one of them"
    ):
        runs.resolve_config(workdir, "digits")


def test_nothing_is_written_of_what_cannot_be(workdir):
    for wrong in (
        {},
        {"preset": "digit"},
        {"preset": "digits", "divergence": "rk"},
        {"preset": "digits", "settings": {"units": -1}},
    ):
        with pytest.raises(ValueError, match=r"holds no run|Unknown|at least 1"):
            runs.resolve_config(workdir, **wrong)
    with pytest.raises(TypeError, match="Did you mean 'units'"):
        runs.resolve_config(workdir, "digits", settings={"unit": 3})
    assert not workdir.path.exists()
