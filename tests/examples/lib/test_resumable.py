import shutil

import numpy as np
import pytest

import kfdiv
from examples.lib import resumable
from tests.damages import DAMAGES


def test_a_folder_of_another_run_is_refused_and_named(tmp_path):
    path = tmp_path / "run" / "settings.json"
    resumable.claim(path, {"seed": 0, "units": (4, 4)})
    resumable.claim(path, {"seed": 0, "units": (4, 4)})
    before = path.read_text()
    with pytest.raises(ValueError, match=r"run holds another run: units is \[4, 4\] there, \[8\]"):
        resumable.claim(path, {"seed": 0, "units": [8]})
    with pytest.raises(ValueError, match="decay is None there, True here"):
        resumable.claim(path, {"seed": 0, "units": (4, 4), "decay": True})
    assert path.read_text() == before


def test_a_damaged_claim_is_one_line(tmp_path):
    path = tmp_path / "run" / "settings.json"
    for damage in ("empty", "truncate", "flip"):
        path.unlink(missing_ok=True)
        resumable.claim(path, {"seed": 0, "units": (4, 4)})
        DAMAGES[damage](path)
        with pytest.raises(ValueError, match=r"settings\.json .*remove the file|another run"):
            resumable.claim(path, {"seed": 0, "units": (4, 4)})


def fit(folder, epochs, calls):
    mlp = kfdiv.networks.mlp
    model = kfdiv.models.VAE(mlp((2,), [4], 2), kfdiv.distributions.Normal(mlp((1,), [4], 4)))
    model.compile(jit_compile=False)
    log = kfdiv.callbacks.EpochLog(folder / "log.csv")

    def measure(model):
        calls.append(int(model.step))
        return {"twice": 2.0 * int(model.step)}

    x = np.zeros((4, 2), "float32")
    dataset = kfdiv.data.from_arrays(x, batch_size=2)
    resumable.fit(model, dataset, log, epochs=epochs, measures={"step": measure})
    return model, log.rows


def test_a_run_goes_on_and_one_that_has_ended_is_loaded(tmp_path):
    calls = []
    fit(tmp_path, 1, calls)
    model, rows = fit(tmp_path, 3, calls)
    assert calls == [2, 4, 6]
    assert [row["step/twice"] for row in rows] == [4, 8, 12]
    again, same = fit(tmp_path, 3, calls)
    assert calls == [2, 4, 6]
    # Not only up to the digits of the file: what is drawn of them is the same, too.
    assert rows == same
    for mine, others in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, others)
    # What has been trained is not trained again in silence.
    shutil.rmtree(tmp_path / "backup")
    with pytest.raises(ValueError, match=r"log\.csv has 3 epochs, but .*backup.* is lost"):
        fit(tmp_path, 3, calls)


def test_a_result_or_a_file_beside_it_that_is_damaged_is_measured_again(tmp_path):
    path, beside = tmp_path / "run" / "result.json", tmp_path / "run" / "images.bin"
    calls = []

    def measure():
        calls.append(1)
        beside.parent.mkdir(exist_ok=True)
        beside.write_bytes(b"images")
        return {"kl": 0.0739, "failure": float("nan")}

    found = resumable.result(path, measure, "images.bin", "never written.bin")
    assert found == {"kl": 0.0739, "failure": None}
    assert resumable.result(path, measure) == found
    assert len(calls) == 1
    for damaged in (path, beside):
        for name, damage in DAMAGES.items():
            if (damaged, name) == (path, "lose"):
                continue
            damage(damaged)
            with pytest.warns(kfdiv.files.DamagedFileWarning, match=rf"{damaged.name}.*again"):
                assert resumable.result(path, measure, "images.bin") == found
    path.write_text(path.read_text().replace("0.0739", "0.9739"))
    with pytest.warns(kfdiv.files.DamagedFileWarning, match="another checksum"):
        assert resumable.result(path, measure, "images.bin") == found


def test_where_every_backup_is_damaged_the_folder_is_named(tmp_path):
    fit(tmp_path, 2, [])
    backups = sorted(tmp_path.glob("backup/step-*/model.weights.h5"))
    assert backups
    for path in backups:
        DAMAGES["flip"](path)
    with pytest.raises(ValueError, match=rf"No state in {tmp_path} is whole: .*remove {tmp_path} "):
        fit(tmp_path, 3, [])
