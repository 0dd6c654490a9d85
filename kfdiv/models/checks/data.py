"""Data that can be known not to fit a model before it is trained on them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv import distributions


def check_minibatches(model: keras.Model, dataset: tf.data.Dataset, parts: int) -> None:
    """Check that a replica's share of a batch can be dealt out into `parts` equal minibatches."""
    spec = tf.nest.flatten(dataset.element_spec)[0]
    replicas = model.distribute_strategy.num_replicas_in_sync
    size = spec.shape[0]
    if size is None or size % (parts * replicas):
        raise ValueError(
            f"split_batch=True deals a batch out to {parts} updates (critic_steps + 1) on "
            f"{replicas} replica(s), but the data set's batch size is {size}. Batch with "
            f"drop_remainder=True and a multiple of {parts * replicas}."
        )


def check_replicas(model: keras.Model, batch_size: int | None) -> None:
    """Check that a model fitted under a strategy was made under it, and that batches split."""
    current = tf.distribute.get_strategy()
    # Keras's property falls back to the current strategy.
    if current.num_replicas_in_sync > 1 and model._distribute_strategy is not current:
        raise ValueError(
            f"fit was called under {type(current).__name__}, but the model was made outside its "
            "scope and would not "
            "be distributed. Make and compile the model inside `with strategy.scope():`."
        )
    replicas = model.distribute_strategy.num_replicas_in_sync
    if replicas > 1 and (batch_size is None or batch_size % replicas):
        raise ValueError(
            f"{replicas} replicas must share each batch evenly, but the data set's batch size is "
            f"{batch_size}. Batch with drop_remainder=True and a multiple of {replicas}."
        )


def check_split(model: keras.Model, name: str, count: int) -> None:
    """Check that replicas can share `count` draws evenly."""
    replicas = model.distribute_strategy.num_replicas_in_sync
    if count % replicas:
        raise ValueError(
            f"{replicas} replicas must share {name} evenly, but got {name}={count}. Make it a "
            f"multiple of {replicas}."
        )


def as_batch(values: Any, event_shape: tuple[int, ...], name: str) -> tf.Tensor:
    """Return `values` as a float tensor of shape `(batch, *event_shape)`, or raise."""
    values = tf.convert_to_tensor(values)
    if values.shape.rank is not None and not values.shape[1:].is_compatible_with(event_shape):
        raise ValueError(
            f"{name} must have shape (batch, {', '.join(map(str, event_shape))}), but got "
            f"{tuple(values.shape)}."
            + (" Add the batch axis." if tuple(values.shape) == event_shape else "")
        )
    return tf.cast(values, keras.config.floatx())


def check_dataset(
    dataset: tf.data.Dataset,
    event_shape: tuple[int, ...],
    decoder: distributions.ConditionalDistribution,
) -> None:
    """Check a data set's structure, and the values of its first batch."""
    spec = dataset.element_spec
    spec = spec[0] if isinstance(spec, (tuple, list)) else spec
    if not isinstance(spec, tf.TensorSpec):
        raise ValueError(
            f"A data set must yield x or (x, y), but its element_spec is {dataset.element_spec}. "
            "Map it: dataset.map(lambda element: element['image'])."
        )
    if spec.shape.rank is not None and spec.shape.rank == len(event_shape):
        raise ValueError(
            f"The data set yields single examples of shape {tuple(spec.shape)}; expected batches "
            "of shape "
            f"(batch, {', '.join(map(str, event_shape))}). Call dataset.batch(100, "
            "drop_remainder=True)."
        )
    if not spec.shape[1:].is_compatible_with(event_shape):
        raise ValueError(
            f"The data set yields x of shape {tuple(spec.shape)}, but the decoder makes x of shape "
            "(batch, "
            f"{', '.join(map(str, event_shape))}). Reshape the data, or change the decoder's "
            "output."
        )
    if not spec.dtype.is_floating:
        raise ValueError(
            f"The data set yields x of dtype {spec.dtype.name}; expected a float dtype. For 8-bit "
            "images: "
            "dataset.map(lambda x: tf.cast(x, tf.float32) / 127.5 - 1.0)."
        )
    empty = True
    for first in dataset.take(1):
        empty = False
        values = (first[0] if isinstance(first, (tuple, list)) else first).numpy()
        wrong = int(np.size(values) - np.isfinite(values).sum())
        if wrong:
            raise ValueError(
                f"The first batch has {wrong} values that are NaN or infinite, of {values.size}. "
                "Clean the data, for example dataset.unbatch().filter(...)."
            )
        support = getattr(decoder, "support", None)
        if support is not None and (values.min() < support[0] or values.max() > support[1]):
            raise ValueError(
                f"{type(decoder).__name__} describes data in [{support[0]:g}, {support[1]:g}], but "
                "the first batch lies in "
                f"[{values.min():g}, {values.max():g}]. Rescale the data, for example "
                f"kfdiv.data.load(..., value_range=({support[0]:g}, {support[1]:g}))."
            )
    if empty:
        raise ValueError(
            "Received an empty data set; expected at least one batch. If it was batched with "
            "drop_remainder=True, the batch size may exceed the number of examples."
        )
