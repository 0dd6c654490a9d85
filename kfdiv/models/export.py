"""SavedModel export: a sampler that needs TensorFlow alone."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile

import keras
import tensorflow as tf


def export(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Write `model`'s endpoints to a SavedModel folder that appears whole or not at all.

    Args:
        model: a `GenerativeModel`.
        path: folder to write; an earlier export there is replaced.

    Raises:
        FileExistsError: if `path` exists and is not a SavedModel, so that nothing of the user's is
            deleted.
    """
    path = pathlib.Path(path)
    if path.exists() and not (path / "saved_model.pb").exists():
        raise FileExistsError(
            f"{path} exists and is not a SavedModel; choose another folder or remove it first."
        )
    model.ensure_built()
    archive = keras.export.ExportArchive()
    # Keras traces what it tracks, and a model's call is to reconstruct, which takes an encoder.
    archive.track(model.decoder if model.encoder is None else model)
    integer = tf.TensorSpec((), tf.int32)
    latents = tf.TensorSpec((None, model.prior.size), keras.config.floatx())
    data = tf.TensorSpec((None, *model.event_shape), keras.config.floatx())
    archive.add_endpoint(
        "sample", lambda num_samples, seed: model.sample(num_samples, seed), [integer, integer]
    )
    archive.add_endpoint("decode", lambda z: model.decode(z), [latents])
    if model.encoder is not None:
        archive.add_endpoint("encode", lambda x: model.encode(x), [data])
        archive.add_endpoint("reconstruct", lambda x: model.reconstruct(x), [data])
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the rename stays on one file system.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
        written = pathlib.Path(scratch) / "export"
        archive.write_out(str(written), verbose=False)
        if path.exists():
            shutil.rmtree(path)
        os.replace(written, path)
