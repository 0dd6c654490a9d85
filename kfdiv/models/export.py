"""SavedModel export: a sampler that needs TensorFlow alone."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable

import keras
import tensorflow as tf

from kfdiv.models import checks


def export(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Write `model`'s endpoints to a SavedModel folder that appears whole or not at all.

    Args:
        model: a `GenerativeModel`.
        path: folder to write; an earlier export there is replaced.

    Raises:
        ValueError: if a weight is not finite.
        FileExistsError: if `path` exists and is not a SavedModel, so that nothing of the user's is
            deleted.
    """
    path = pathlib.Path(path)
    if path.exists() and not (path / "saved_model.pb").exists():
        raise FileExistsError(
            f"{path} exists and is not a SavedModel; choose another folder or remove it first."
        )
    model.ensure_built()
    parts = [model.prior, *(part for part in (model.decoder, model.encoder) if part is not None)]
    checks.check_weights(model, "export", parts)
    archive = keras.export.ExportArchive()
    # Keras traces the call of what it tracks, and a model's is to reconstruct, which takes an
    # encoder and no condition.
    for part in parts[1:]:
        archive.track(part)
    integer = tf.TensorSpec((), tf.int32)
    latents = tf.TensorSpec((None, model.prior.size), keras.config.floatx())
    data = tf.TensorSpec((None, *model.event_shape), keras.config.floatx())
    signatures = {"sample": [integer, integer], "decode": [latents]}
    if model.encoder is not None:
        signatures |= {"encode": [data], "reconstruct": [data]}
    given = [] if model.condition is None else [model.condition.spec()]
    functions = _conditional_functions(model) if given else _functions(model)
    for name, signature in signatures.items():
        archive.add_endpoint(name, functions[name], [*signature, *given])
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the rename stays on one file system.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
        written = pathlib.Path(scratch) / "export"
        archive.write_out(str(written), verbose=False)
        if path.exists():
            shutil.rmtree(path)
        os.replace(written, path)


def _functions(model: keras.Model) -> dict[str, Callable[..., tf.Tensor]]:
    """Return what is exported; the arguments' names are those of the signatures."""
    return {
        "sample": lambda num_samples, seed: model.sample(num_samples, seed),
        "decode": lambda z: model.decode(z),
        "encode": lambda x: model.encode(x),
        "reconstruct": lambda x: model.reconstruct(x),
    }


def _conditional_functions(model: keras.Model) -> dict[str, Callable[..., tf.Tensor]]:
    """Return the same of a conditional model: conditions come last, one for all or one for each."""
    return {
        "sample": lambda num_samples, seed, condition: model.sample(
            num_samples, seed, condition=condition
        ),
        "decode": lambda z, condition: model.decode(z, condition),
        "encode": lambda x, condition: model.encode(x, condition=condition),
        "reconstruct": lambda x, condition: model.reconstruct(x, condition),
    }
