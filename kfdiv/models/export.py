"""SavedModel export: a sampler that needs TensorFlow alone."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable

import keras
import tensorflow as tf

from kfdiv import files
from kfdiv.models import checks

# What a SavedModel's folder has, of any version; a damaged one lacks some of it.
_SAVED_MODEL = {
    "assets",
    "assets.extra",
    "fingerprint.pb",
    "keras_metadata.pb",
    "saved_model.pb",
    "variables",
}


def export(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Write `model`'s endpoints to a SavedModel folder that appears whole or not at all.

    Args:
        model: a `GenerativeModel`.
        path: folder to write; an earlier export there is replaced.

    Raises:
        ValueError: if a weight is not finite.
        FileExistsError: if `path` exists and is not a SavedModel, so that nothing of the user's is
            deleted.
        OSError: if nothing can be written there; before any work.
    """
    path = check_target(path)
    # Where the model is used by averages of its weights, they alone are written.
    with model.averaged_weights():
        _write(model, path)


def _write(model: keras.Model, path: pathlib.Path) -> None:
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
    with files.replacing_folder(path) as partial:
        archive.write_out(str(partial), verbose=False)


def check_target(path: str | os.PathLike[str]) -> pathlib.Path:
    """Return the path of an export, if one can be written there.

    Args:
        path: folder to write.

    Raises:
        FileExistsError: if there is something else: no SavedModel, nor what is left of one.
        OSError: if nothing can be written there.

    Example:
        >>> check_target(".")
        Traceback (most recent call last):
        ...
        FileExistsError: . exists and is not a SavedModel; choose another folder or remove it first.
    """
    path = files.check_path(path)
    names = {inner.name for inner in path.iterdir()} if path.is_dir() else {path.name}
    if path.exists() and not names <= _SAVED_MODEL:
        raise FileExistsError(
            f"{path} exists and is not a SavedModel; choose another folder or remove it first."
        )
    files.check_writable(path / "saved_model.pb", "The export")
    return path


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
