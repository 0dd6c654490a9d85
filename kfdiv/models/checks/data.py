"""Data that can be known not to fit a model before it is trained on them."""

from __future__ import annotations

import math
import warnings
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv import distributions
from kfdiv.data import inputs, origin, pixels
from kfdiv.data.elements import parts_of
from kfdiv.data.memory import MemorySource
from kfdiv.data.shapes import describe_shape_mismatch
from kfdiv.models.checks.penalized import layers_of


def check_minibatches(model: keras.Model, dataset: tf.data.Dataset, parts: int) -> None:
    """Check that a replica's share of a batch can be split into `parts` equal minibatches."""
    spec = tf.nest.flatten(dataset.element_spec)[0]
    replicas = model.distribute_strategy.num_replicas_in_sync
    size = spec.shape[0]
    if size is None or size % (parts * replicas):
        raise ValueError(
            f"split_batch=True splits a batch into {parts} parts (critic_steps + 1) on "
            f"{replicas} replica(s), but the data set's batch size is {size}. Batch with "
            f"drop_remainder=True and a multiple of {parts * replicas}."
        )


class UnsynchronizedWarning(UserWarning):
    """A layer's result depends on how many devices share a batch; the message says which."""


def check_replicas(model: keras.Model, batch_size: int | None) -> None:
    """Check that a model fitted under a strategy was made under it, and that batches split.

    An `UnsynchronizedWarning` tells of a batch normalisation of each device's share by itself.
    """
    current = tf.distribute.get_strategy()
    if current.num_replicas_in_sync > 1 and model.strategy is not current:
        raise ValueError(
            f"fit was called under {type(current).__name__}, but the model was made outside its "
            "scope and would not be distributed. Make and compile it inside `strategy.scope()`."
        )
    replicas = model.distribute_strategy.num_replicas_in_sync
    check_shares(replicas, batch_size)
    if replicas > 1:
        _warn_of_batch_norm(model, replicas)


def check_shares(replicas: int, batch_size: int | None) -> None:
    """Check that each of so many replicas can have an equal share of a batch."""
    if replicas > 1 and batch_size is None:
        raise ValueError(
            f"{replicas} replicas must share each batch evenly, but the data do not say how large "
            f"their batches are. Batch a tf.data.Dataset with drop_remainder=True and a multiple "
            f"of {replicas}; in place of batches that Python makes (a generator, a PyDataset) pass "
            "arrays or such a tf.data.Dataset, or train on one device."
        )
    if replicas > 1 and batch_size % replicas:
        raise ValueError(
            f"{replicas} replicas must share each batch evenly, but the data set's batch size is "
            f"{batch_size}. Batch with drop_remainder=True and a multiple of {replicas}."
        )


def _warn_of_batch_norm(model: keras.Model, replicas: int) -> None:
    for layer in layers_of(model):
        known = isinstance(layer, keras.layers.BatchNormalization)
        if known and layer.trainable and not layer.synchronized:
            warnings.warn(
                f"The batch normalisation {layer.name!r} takes each of {replicas} replicas' share "
                "of a batch by itself, so training is another one than on one device. Build it "
                "with keras.layers.BatchNormalization(..., synchronized=True).",
                UnsynchronizedWarning,
                stacklevel=2,
            )
            return


def check_split(model: keras.Model, name: str, count: int) -> None:
    """Check that replicas can share `count` draws evenly."""
    replicas = model.distribute_strategy.num_replicas_in_sync
    if count % replicas:
        raise ValueError(
            f"{replicas} replicas must share {name} evenly, but got {name}={count}. Make it a "
            f"multiple of {replicas}."
        )


def as_batch(values: Any, event_shape: tuple[int, ...], name: str, dtype: str) -> tf.Tensor:
    """Return `values` as a tensor of shape `(batch, *event_shape)` and a dtype, or raise."""
    values = tf.convert_to_tensor(values)
    if values.shape.rank is not None and (
        values.shape.rank == 0 or not values.shape[1:].is_compatible_with(event_shape)
    ):
        raise ValueError(describe_shape_mismatch(tuple(values.shape), event_shape, name))
    return tf.cast(values, dtype)


def pixel_range(dataset: tf.data.Dataset, current: tuple[float, float]) -> tuple[float, float]:
    """Return the range that 8-bit pixels are scaled to like the data of a `fit`; NaN if unknown.

    Floats in [0, 1] are taken for scaled pixels: all of an array, or else those of the first batch.

    Args:
        dataset: the data, pixels scaled already.
        current: what pixels among them were scaled to.
    """
    stream = origin.stream_of(dataset)
    if stream is not None and stream.value_range is not None:
        return stream.value_range
    if origin.is_of_pixels(dataset):
        return current
    x, _, _ = parts_of(inputs.first_batch(dataset))
    inside = bool(tf.reduce_all((x >= 0.0) & (x <= 1.0)))
    if stream is not None and isinstance(stream.source, MemorySource):
        inside = inside and stream.source.lies_within(0.0, 1.0)
    return (0.0, 1.0) if inside else (math.nan, math.nan)


def check_dataset(
    dataset: tf.data.Dataset,
    event_shape: tuple[int, ...],
    decoder: distributions.ConditionalDistribution,
    condition: keras.layers.Layer | None = None,
) -> None:
    """Check a data set's structure, and the values of its first batch."""
    check_structure(dataset, event_shape, condition)
    x, y, weight = parts_of(inputs.first_batch(dataset))
    if weight is not None:
        check_weights(weight.numpy())
        # Those of weight zero take no part, and may hold anything.
        x = x[weight > 0]
        y = y if condition is None else y[weight > 0]
    if len(x):
        check_values(x.numpy(), decoder)
    if condition is not None:
        condition.check(y)


def check_structure(
    dataset: tf.data.Dataset,
    event_shape: tuple[int, ...],
    condition: keras.layers.Layer | None,
) -> None:
    """Check that a data set yields batches of the model's kind."""
    spec, y, _ = parts_of(dataset.element_spec)
    shape = ", ".join(map(str, event_shape))
    if not isinstance(spec, tf.TensorSpec):
        raise ValueError(
            "A data set must yield x, (x, y) or (x, y, w), but its element_spec is "
            f"{dataset.element_spec}. Map it: dataset.map(lambda element: element['image'])."
        )
    if condition is not None and y is None:
        raise ValueError(
            f"This model is conditional on {condition.describe()}: the data must come as (x, y), "
            "but they are x alone. Pass y: fit(x, y), or a data set of batches (x, y)."
        )
    if spec.shape.rank is not None and tuple(spec.shape) == event_shape:
        raise ValueError(
            f"The data are single examples of shape {event_shape}; expected batches of shape "
            f"(batch, {shape}): add the batch axis, x[None], or of a data set, "
            "dataset.batch(100, drop_remainder=True)."
        )
    if not spec.shape[1:].is_compatible_with(event_shape):
        raise ValueError(
            f"The decoder makes x of shape (batch, {shape}). "
            + describe_shape_mismatch(tuple(spec.shape), event_shape)
        )
    if not spec.dtype.is_floating:
        raise ValueError(
            f"The data set yields x of dtype {spec.dtype.name}; expected a float dtype. For 8-bit "
            "images: dataset.map(lambda x: tf.cast(x, tf.float32) / 255.0)."
        )


def check_values(values: np.ndarray, decoder: distributions.ConditionalDistribution) -> None:
    """Check that examples are finite, and in the decoder's support."""
    wrong = int(np.size(values) - np.isfinite(values).sum())
    if wrong:
        raise ValueError(
            f"The first batch has {wrong} values that are NaN or infinite, of {values.size}. "
            "Clean the data, for example dataset.unbatch().filter(...)."
        )
    check_support(values, decoder, "the first batch")


def check_support(
    values: np.ndarray, decoder: distributions.ConditionalDistribution, name: str
) -> None:
    """Raise if values, called `name`, are not in the decoder's support."""
    support = getattr(decoder, "support", None)
    if support is None or (values.min() >= support[0] and values.max() <= support[1]):
        return
    fix = f"kfdiv.data.load(..., value_range=({support[0]:g}, {support[1]:g}))"
    if support == (0.0, 1.0) and values.min() >= 0.0 and 1.0 < values.max() <= 255.0:
        fix = 'x / 255.0 if they are pixels from 0 to 255, or x.astype("uint8")'
    raise ValueError(
        f"{type(decoder).__name__} describes data in [{support[0]:g}, {support[1]:g}], but {name} "
        f"lies in [{values.min():g}, {values.max():g}]. Rescale the data, for example {fix}."
    )


def check_inferred(
    values: tf.Tensor, name: str, decoder: distributions.ConditionalDistribution | None = None
) -> None:
    """Raise if what a model infers from is not finite, or not in the decoder's support.

    Within a graph nothing is known of the values yet.

    Args:
        values: examples, or latents.
        name: what they are called.
        decoder: p(x|z), of examples.
    """
    if not tf.executing_eagerly() or not tf.size(values):
        return
    if not tf.reduce_all(tf.math.is_finite(values)):
        pixels.check_finite(values.numpy(), name)
    if getattr(decoder, "support", None) is not None:
        check_support(values.numpy(), decoder, name)


def check_weights(weight: np.ndarray) -> None:
    """Check that a batch's weights can be weights."""
    if weight.ndim != 1 or not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError(
            "Weights w of batches (x, y, w) must be finite numbers of at least 0, of shape "
            f"(batch,), but the first batch's have shape {weight.shape}, and lie in "
            f"[{weight.min():g}, {weight.max():g}]."
        )
