"""Every registered objective, exported, serves in a process without Keras and this package."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np

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
    z = model.encode(x)
    parts = {"sample": model.sample(5, 3), "z": z, "x": model.reconstruct(x), "d": model.decode(z)}
    np.savez(f"{name}.npz", **parts)
"""


def test_export_serves_with_tensorflow_alone(tmp_path: pathlib.Path) -> None:
    x = contract.examples()
    np.save(tmp_path / "x.npy", x)
    models = {name: contract.build(name, compile=False) for name in kfdiv.models.registry.names()}
    for name, model in models.items():
        model.export(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    subprocess.run([sys.executable, "-c", PROGRAM, *models], cwd=tmp_path, check=True)
    for name, model in models.items():
        out = np.load(tmp_path / f"{name}.npz")
        close = {"rtol": 1e-5, "atol": 1e-6, "err_msg": name}
        np.testing.assert_allclose(out["sample"], model.sample(5, seed=3), **close)
        np.testing.assert_allclose(out["z"], model.encode(x), **close)
        np.testing.assert_allclose(out["x"], model.reconstruct(x), **close)
        np.testing.assert_allclose(out["d"], out["x"], **close)
