"""Every registered objective, exported, serves in a process without Keras and this package."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.models import export
from tests.models import contract

# For all objectives at once: most of the time is TensorFlow's import.
PROGRAM = """
import sys
sys.modules.update(dict.fromkeys(("keras", "kfdiv", "tensorflow_probability")))
import numpy as np, tensorflow as tf
x = np.load("x.npy")
for name in sys.argv[1:]:
    model = tf.saved_model.load(name)
    # Of conditional models: one for each, and one for all.
    each, one = {"labels": ([x[:, 0] > 0], [2]), "vectors": ([x[:, :2]], [[0.5, 1.0]])}.get(
        name, ([], [])
    )
    each = [np.array(c, "int32" if name == "labels" else "float32") for c in each]
    z = model.encode(x, *each)
    parts = {
        "sample": model.sample(5, 3, *one),
        "z": z,
        "drawn": model.encode_sample(x, 7, *each),
        "x": model.reconstruct(x, *each),
        "d": model.decode(z, *each),
        "one": model.decode(z, *one),
    }
    if "log_prob" in model.signatures:
        parts["log_prob"] = model.log_prob(x, 2, 5, *each)
    np.savez(f"{name}.npz", **parts)
"""
# More rows than go through a network at once, whose draws are made block by block.
ROWS = 1_005


# One objective of those that serve by the same functions is enough for every change.
SERVED = ("sample", "decode", "encode", "reconstruct", "log_prob")
SORTS = {
    tuple(getattr(cls, function) for function in SERVED): name
    for name, cls in kfdiv.models.registry.items()
}
OFTEN = list(SORTS.values())
# What is exported of conditional models, no objective changes; that of the service samples.
KINDS = ["labels", "vectors"]
OTHERS = [name for name in kfdiv.models.registry.names() if name not in OFTEN]


@pytest.mark.parametrize(
    "names", [OFTEN, pytest.param([*OTHERS, *KINDS], marks=pytest.mark.rehearsal)]
)
def test_export_serves_with_tensorflow_alone(
    names: list[str], tmp_path: pathlib.Path, monkeypatch, every_endpoint: Callable
) -> None:
    monkeypatch.setattr(export, "_functions", every_endpoint)
    x = np.random.default_rng(0).normal(size=(ROWS, contract.EVENT)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    models = {
        name: contract.build_conditional("vae", name)
        if name in KINDS
        else contract.build(name, compile=False)
        for name in names
    }
    given = {
        "labels": ((x[:, 0] > 0).astype("int32"), 2),
        "vectors": (x[:, :2], [0.5, 1.0]),
    }
    left_out = {name: model.export(tmp_path / name) for name, model in models.items()}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    subprocess.run([sys.executable, "-c", PROGRAM, *models], cwd=tmp_path, check=True)
    for name, model in models.items():
        out = np.load(tmp_path / f"{name}.npz")
        close = {"rtol": 1e-5, "atol": 1e-6, "err_msg": name}
        each, one = ({"condition": c} for c in given.get(name, (None, None)))
        np.testing.assert_allclose(out["sample"], model.sample(5, seed=3, **one), **close)
        np.testing.assert_allclose(out["z"], model.encode(x, **each), **close)
        np.testing.assert_allclose(out["drawn"], model.encode(x, 7, **each), **close)
        np.testing.assert_allclose(out["x"], model.reconstruct(x, **each), **close)
        np.testing.assert_allclose(out["d"], out["x"], **close)
        np.testing.assert_allclose(out["one"], model.decode(out["z"], **one), **close)
        if "log_prob" in out:
            close = {"rtol": 1e-4, "atol": 1e-4, "err_msg": name}
            expected = model.log_prob(x, num_samples=2, seed=5, **each)
            np.testing.assert_allclose(out["log_prob"], expected, **close)
            assert left_out[name] == {}
        else:
            assert list(left_out[name]) == ["log_prob"]
        contents = json.loads((tmp_path / name / "assets.extra" / "kfdiv.json").read_text())
        expected = ["num_samples", "seed", *(["condition"] if name in given else [])]
        assert contents["endpoints"]["sample"] == expected
        assert ("log_prob" in contents["endpoints"]) == ("log_prob" in out)
    # Of all of them one, as to load a model takes a while.
    signature = tf.saved_model.load(tmp_path / name).signatures["sample"]
    assert sorted(signature.structured_input_signature[1]) == sorted(expected)


def test_what_is_printed_is_asked_for_and_other_arguments_are_refused(tmp_path, capsys) -> None:
    network, path = kfdiv.networks.mlp, tmp_path / "it"
    model = kfdiv.models.AGE(network(2, [], 3), network(3, [], 1))
    with pytest.raises(TypeError, match=r"export\(\.\.\.\) has no argument 'input_sig.*verbose"):
        model.export(path, input_signature=[])
    with pytest.raises(ValueError, match="verbose must be True or False, but got 'no'"):
        model.export(path, verbose="no")
    assert not path.exists()
    left_out = ["encode", "encode_sample", "log_prob", "reconstruct"]
    capsys.readouterr()
    assert sorted(model.export(path, verbose=False)) == left_out
    assert capsys.readouterr().out == ""
    model.export(path, verbose=True)
    lacks = "encode, encode_sample, reconstruct, log_prob"
    assert capsys.readouterr().out == f"Wrote {path}: SavedModel: sample, decode; no {lacks}\n"
