"""Every registered objective, exported, serves in a process without Keras and this package."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
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
        "x": model.reconstruct(x, *each),
        "d": model.decode(z, *each),
        "one": model.decode(z, *one),
    }
    np.savez(f"{name}.npz", **parts)
"""


# One objective of those that serve by the same functions is enough for every change.
SERVED = ("sample", "decode", "encode", "reconstruct")
SORTS = {
    tuple(getattr(cls, function) for function in SERVED): name
    for name, cls in kfdiv.models.registry.items()
}
OFTEN = list(SORTS.values())
OTHERS = [name for name in kfdiv.models.registry.names() if name not in OFTEN]


@pytest.mark.parametrize("names", [OFTEN, pytest.param(OTHERS, marks=pytest.mark.rehearsal)])
def test_export_serves_with_tensorflow_alone(names: list[str], tmp_path: pathlib.Path) -> None:
    x = contract.examples()
    np.save(tmp_path / "x.npy", x)
    models = {name: contract.build(name, compile=False) for name in names}
    if names is OFTEN:
        # What is exported of conditional models, no objective changes.
        models |= {kind: contract.build_conditional("vae", kind) for kind in ("labels", "vectors")}
    given = {
        "labels": ((x[:, 0] > 0).astype("int32"), 2),
        "vectors": (x[:, :2], [0.5, 1.0]),
    }
    for name, model in models.items():
        model.export(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    subprocess.run([sys.executable, "-c", PROGRAM, *models], cwd=tmp_path, check=True)
    for name, model in models.items():
        out = np.load(tmp_path / f"{name}.npz")
        close = {"rtol": 1e-5, "atol": 1e-6, "err_msg": name}
        each, one = ({"condition": c} for c in given.get(name, (None, None)))
        np.testing.assert_allclose(out["sample"], model.sample(5, seed=3, **one), **close)
        np.testing.assert_allclose(out["z"], model.encode(x, **each), **close)
        np.testing.assert_allclose(out["x"], model.reconstruct(x, **each), **close)
        np.testing.assert_allclose(out["d"], out["x"], **close)
        np.testing.assert_allclose(out["one"], model.decode(out["z"], **one), **close)
        signature = tf.saved_model.load(tmp_path / name).signatures["sample"]
        arguments = list(signature.structured_input_signature[1])
        expected = ["num_samples", "seed", *(["condition"] if name in given else [])]
        assert sorted(arguments) == sorted(expected)
