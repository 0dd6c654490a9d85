"""A model's `decode` as one file, by ONNX or TFLite, which know neither Keras nor TensorFlow."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable

import keras
import tensorflow as tf

from kfdiv import files
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import checks


def export(model: keras.Model, path: str | os.PathLike[str], format: str) -> None:
    """Write `x = decode(z)`, of a conditional model `decode(z, condition)`, for any number of rows.

    What draws at random is no part of these formats; latents of a standard normal prior any program
    can draw.

    Args:
        model: a `GenerativeModel`.
        path: file to write or to replace.
        format: one of `FORMATS`.

    Raises:
        ImportError: if the package that writes the format is missing.
        ValueError: if a weight is not finite, or the decoder has operations that the format lacks.
        OSError: if nothing can be written there; before any work.
    """
    path = files.check_writable(path, "The export")
    convert = FORMATS[format]()
    model.ensure_built()
    checks.check_weights(model, "export", (model.prior, model.decoder))
    signature = [tf.TensorSpec((None, model.prior.size), density_dtype(model), "z")]
    function = lambda z: {"x": model.decode(z)}  # noqa: E731
    if model.condition is not None:
        spec, shape = model.condition.spec(), (None, *model.condition.event_shape)
        signature.append(tf.TensorSpec(shape, spec.dtype, "condition"))
        function = lambda z, condition: {"x": model.decode(z, condition)}  # noqa: E731
    # Where the model is used by averages of its weights, they alone are written.
    with model.averaged_weights():
        contents = convert(model, function, signature)
    with files.replacing(path) as partial:
        partial.write_bytes(contents)


Convert = Callable[[keras.Model, Callable[..., dict[str, tf.Tensor]], list[tf.TensorSpec]], bytes]


def _onnx() -> Convert:
    try:
        import onnx
        import tf2onnx
    except ImportError as error:
        raise ImportError(
            "ONNX files are written by the package tf2onnx, which is not installed: "
            "pip install tf2onnx onnx."
        ) from error

    def convert(
        model: keras.Model,
        function: Callable[..., dict[str, tf.Tensor]],
        signature: list[tf.TensorSpec],
    ) -> bytes:
        del model
        graph = tf.function(function, input_signature=signature, autograph=False)
        found, _ = tf2onnx.convert.from_function(graph, input_signature=signature)
        # The package writes operations that ONNX lacks as they are, and says so in a log alone.
        known = {schema.name for schema in onnx.defs.get_all_schemas()}
        _check_operations("ONNX", sorted({node.op_type for node in found.graph.node} - known))
        onnx.checker.check_model(found)
        return found.SerializeToString()

    return convert


def _tflite() -> Convert:
    def convert(
        model: keras.Model,
        function: Callable[..., dict[str, tf.Tensor]],
        signature: list[tf.TensorSpec],
    ) -> bytes:
        archive = keras.export.ExportArchive()
        archive.track(model.decoder)
        archive.add_endpoint("decode", function, signature)
        with tempfile.TemporaryDirectory() as folder:
            archive.write_out(folder, verbose=False)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["decode"])
            try:
                return converter.convert()
            except Exception as error:
                _check_operations("TFLite", sorted(set(re.findall(r"Flex(\w+)", str(error)))))
                raise

    return convert


def _check_operations(format: str, missing: list[str]) -> None:
    if missing:
        raise ValueError(
            f"The decoder has operations that {format} lacks: {', '.join(missing)}. Export a "
            'SavedModel: format="tf_saved_model".'
        )


FORMATS: dict[str, Callable[[], Convert]] = {"onnx": _onnx, "tflite": _tflite}
"""What imports the packages of a format, and returns what writes it."""
