"""Export: a SavedModel, which needs TensorFlow alone, or `decode` in formats that do not."""

from __future__ import annotations

import inspect
import json
import os
import pathlib
from collections.abc import Callable

import keras
import tensorflow as tf

from kfdiv import files
from kfdiv.arguments import check_choice, check_flag
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks, portable

# What a SavedModel's folder has, of any version; a damaged one lacks some of it.
_SAVED_MODEL = {
    "assets",
    "assets.extra",
    "fingerprint.pb",
    "keras_metadata.pb",
    "saved_model.pb",
    "variables",
}
_CONTENTS = pathlib.PurePath("assets.extra", "kfdiv.json")
_FORMATS = ("tf_saved_model", *portable.FORMATS)


def export(
    model: keras.Model,
    path: str | os.PathLike[str],
    format: str = "tf_saved_model",
    verbose: bool = False,
) -> dict[str, str]:
    """Write `model`'s endpoints; see `GenerativeModel.export`.

    Args:
        model: a `GenerativeModel`.
        path: what to write, whole or not at all.
        format: one of "tf_saved_model", "onnx", "tflite".
        verbose: whether to print what was written.

    Returns:
        What is left out, by name, and why.
    """
    check_choice("format", format, _FORMATS)
    check_flag("verbose", verbose)
    if format in portable.FORMATS:
        portable.export(model, path, format)
        if verbose:
            print(f"Wrote {path}: {format} of decode")
        return {
            name: f"{format} has decode alone" for name in _functions(model) if name != "decode"
        }
    path = check_target(path)
    meant = path.suffix.lower().removeprefix(".")
    if meant in portable.FORMATS:
        raise ValueError(
            f"A SavedModel is a folder, but {path} names a file of {meant}. Pass "
            f"format={meant!r}, which writes decode alone, or another name."
        )
    # Where the model is used by averages of its weights, they alone are written.
    with model.averaged_weights():
        left_out = _write(model, path)
    if verbose:
        print(f"Wrote {path}: {describe(path)}")
    return left_out


def _write(model: keras.Model, path: pathlib.Path) -> dict[str, str]:
    """Write a SavedModel; return what is left out."""
    model.ensure_built()
    parts = [model.prior, *(part for part in (model.decoder, model.encoder) if part is not None)]
    checks.check_weights(model, "export", parts)
    archive = keras.export.ExportArchive()
    # Keras traces the call of what it tracks, and a model's is to reconstruct, which takes an
    # encoder and no condition.
    for part in parts[1:]:
        archive.track(part)
    left_out = _left_out(model)
    contents = {"endpoints": {}, "left_out": left_out, "condition": None}
    contents["pixel_range"] = _pixel_range(model)
    functions = _functions(model)
    if model.condition is not None:
        functions, contents["condition"] = _conditional_functions(model), model.condition.describe()
    for name, function in functions.items():
        if name not in left_out:
            arguments = list(inspect.signature(function).parameters)
            signature = [_spec(model, one) for one in arguments]
            traced = tf.function(function, input_signature=signature, autograph=False)
            # Keras would trace it twice.
            traced.get_concrete_function()
            archive.add_endpoint(name, traced)
            contents["endpoints"][name] = arguments
    with files.replacing_folder(path) as partial:
        archive.write_out(str(partial), verbose=False)
        (partial / _CONTENTS).parent.mkdir(exist_ok=True)
        (partial / _CONTENTS).write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")
    return left_out


def describe(path: str | os.PathLike[str]) -> str:
    """Say which endpoints an export has, and which were left out.

    Args:
        path: of a SavedModel that `export` wrote.
    """
    file = pathlib.Path(path) / _CONTENTS
    if not file.is_file():
        return "SavedModel"
    contents = json.loads(file.read_text(encoding="utf-8"))
    without = ", ".join(contents["left_out"])
    return "SavedModel: " + ", ".join(contents["endpoints"]) + (without and f"; no {without}")


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
    return files.check_folder_writable(path, "The export")


def _left_out(model: keras.Model) -> dict[str, str]:
    """Return what a model cannot do, and why."""
    found = {}
    if model.encoder is None:
        why = f"this {type(model).__name__} was built without an encoder"
        found = dict.fromkeys(("encode", "encode_sample", "reconstruct", "log_prob"), why)
    else:
        try:
            model.check_log_prob()
        except ValueError as error:
            found["log_prob"] = str(error)
    return found


def _pixel_range(model: keras.Model) -> tuple[float, float] | None:
    """Return what is black and white in the model's images, if that is known."""
    low, high = model.known_pixel_range()
    return (low, high) if low < high else None


def _spec(model: keras.Model, argument: str) -> tf.TensorSpec:
    """Return the signature of an argument of that name."""
    floats = density_dtype(model)
    return {
        "num_samples": lambda: tf.TensorSpec((), tf.int32),
        "seed": lambda: tf.TensorSpec((), tf.int32),
        "z": lambda: tf.TensorSpec((None, model.prior.size), floats),
        "x": lambda: tf.TensorSpec((None, *model.event_shape), floats),
        "condition": lambda: model.condition.spec(),
    }[argument]()


def _functions(model: keras.Model) -> dict[str, Callable[..., tf.Tensor]]:
    """Return what is exported; the arguments' names are those of the signatures."""
    return {
        "sample": lambda num_samples, seed: model.sample(num_samples, seed),
        "decode": lambda z: model.decode(z),
        "encode": lambda x: model.encode(x),
        "encode_sample": lambda x, seed: model.encode(x, seed),
        "reconstruct": lambda x: model.reconstruct(x),
        "log_prob": lambda x, num_samples, seed: model.log_prob(x, num_samples, seed),
    }


def _conditional_functions(model: keras.Model) -> dict[str, Callable[..., tf.Tensor]]:
    """Return the same of a conditional model: conditions come last, one for all or one for each."""
    return {
        "sample": lambda num_samples, seed, condition: model.sample(
            num_samples, seed, condition=condition
        ),
        "decode": lambda z, condition: model.decode(z, condition),
        "encode": lambda x, condition: model.encode(x, condition=condition),
        "encode_sample": lambda x, seed, condition: model.encode(x, seed, condition),
        "reconstruct": lambda x, condition: model.reconstruct(x, condition),
        "log_prob": lambda x, num_samples, seed, condition: model.log_prob(
            x, num_samples, seed, condition
        ),
    }
