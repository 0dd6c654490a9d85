"""`decode` by ONNX and TFLite, run by their own interpreters, is Keras's."""

from __future__ import annotations

import importlib
import pathlib
import sys
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract


def run_onnx(path: pathlib.Path) -> Callable[..., np.ndarray]:
    session = importlib.import_module("onnxruntime").InferenceSession(path)
    return lambda **given: session.run(["x"], given)[0]


def run_tflite(path: pathlib.Path) -> Callable[..., np.ndarray]:
    with warnings.catch_warnings():
        # TensorFlow would rather have its interpreter taken from another package.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path))
    run = interpreter.get_signature_runner("decode")
    return lambda **given: run(**given)["x"]


RUN = {"onnx": run_onnx, "tflite": run_tflite}


def needs(format: str) -> None:
    if format == "onnx":
        for package in ("tf2onnx", "onnxruntime"):
            pytest.importorskip(package)


def check(model: kfdiv.models.GenerativeModel, path: pathlib.Path, format: str, **given) -> None:
    left_out = model.export(path, format)
    assert left_out["sample"] == f"{format} has decode alone"
    run = RUN[format](path)
    size = model.prior.size
    for rows in (7, 1, 1_001):
        z = np.resize(np.random.default_rng(1).normal(size=size * rows), (rows, size))
        z = z.astype("float32")
        condition = {name: np.resize(c, (rows, *c.shape[1:])) for name, c in given.items()}
        np.testing.assert_allclose(run(z=z, **condition), model.decode(z, **condition), atol=1e-5)


def test_a_saved_model_is_not_called_as_a_file_of_another_format(tmp_path: pathlib.Path) -> None:
    for name in ("x.onnx", "x.TFLite"):
        format = name[2:].lower()
        with pytest.raises(ValueError, match=rf"names a file of {format}\. Pass format='{format}'"):
            contract.build("vae").export(tmp_path / name)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("format", RUN)
def test_a_conditional_decoder_is_keras_s(format: str, tmp_path: pathlib.Path) -> None:
    needs(format)
    model = contract.build_conditional("vae")
    check(model, tmp_path / f"x.{format}", format, condition=np.int32([0, 3, 1]))


@pytest.mark.rehearsal
@pytest.mark.parametrize("format", RUN)
def test_a_decoder_conditional_on_vectors_is_keras_s(format: str, tmp_path: pathlib.Path) -> None:
    needs(format)
    model = contract.build_conditional("vae", "vectors")
    c = contract.conditions("vectors")[:5]
    check(model, tmp_path / f"x.{format}", format, condition=c)


@pytest.mark.rehearsal
@pytest.mark.parametrize("format", RUN)
@pytest.mark.parametrize("name", kfdiv.models.registry.names())
def test_the_decoder_of_every_objective_is_keras_s(
    name: str, format: str, tmp_path: pathlib.Path
) -> None:
    needs(format)
    check(contract.build(name, compile=False), tmp_path / f"x.{format}", format)


IMAGE = (16, 16, 3)
DECODERS = {
    "conv": lambda: kfdiv.networks.conv_decoder(2, IMAGE, (5, 3)),
    "zhang": lambda: kfdiv.networks.zhang_decoder(2, IMAGE, 2),
    "dcgan": lambda: kfdiv.distributions.Implicit(
        kfdiv.networks.dcgan_generator(2, IMAGE, 2, noise=True)
    ),
    "sagan": lambda: kfdiv.distributions.Implicit(
        kfdiv.networks.sagan_generator(2, IMAGE, 2, noise=True)
    ),
    "rosca": lambda: kfdiv.networks.rosca_generator(2, IMAGE, 2),
    "wgan": lambda: kfdiv.networks.wgan_generator(2, IMAGE, 2),
    "bernoulli": lambda: kfdiv.distributions.Bernoulli(kfdiv.networks.mlp(2, [8], IMAGE)),
    "quantized": lambda: kfdiv.distributions.QuantizedNormal(kfdiv.networks.mlp(2, [8], IMAGE)),
}


@pytest.mark.rehearsal
@pytest.mark.parametrize("format", RUN)
@pytest.mark.parametrize("name", DECODERS)
def test_decoders_of_images_are_keras_s(name: str, format: str, tmp_path: pathlib.Path) -> None:
    needs(format)
    decoder = DECODERS[name]()
    if getattr(decoder, "has_density", False):
        model = kfdiv.models.VAE(kfdiv.networks.mlp(IMAGE, [4], 4), decoder)
    else:
        model = kfdiv.models.AGE(decoder, kfdiv.networks.mlp(IMAGE, [4], 1))
    check(model, tmp_path / f"x.{format}", format)


def test_what_cannot_be_written_is_one_line(tmp_path: pathlib.Path, monkeypatch) -> None:
    model = contract.build("vae", compile=False)
    with pytest.raises(ValueError, match="one of tf_saved_model, onnx, tflite, but got 'onxx'"):
        model.export(tmp_path / "x", "onxx")
    with pytest.raises(IsADirectoryError, match="is a folder; name a file"):
        model.export(tmp_path, "tflite")
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match="pip install tf2onnx"):
        model.export(tmp_path / "x.onnx", "onnx")
    assert list(tmp_path.iterdir()) == []
