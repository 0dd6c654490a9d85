"""States that a recurrent network starts from, and what is put beside its inputs."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf


def build(layer: keras.layers.Layer, shape: Sequence[int]) -> None:
    """Make the weights of a part for inputs `(batch, *shape)`; one from a file has them."""
    if not layer.built:
        layer.build((None, *shape))


def add_initial_states(layer: keras.layers.Layer, cell: keras.layers.Layer) -> list[keras.Variable]:
    """Give `layer` a learned start for each state of `cell`, at zero in the beginning.

    Args:
        layer: the owner.
        cell: with `state_size`, a list of numbers or of shapes.
    """
    shapes = [(size,) if isinstance(size, int) else tuple(size) for size in cell.state_size]
    return [
        layer.add_weight(shape, initializer="zeros", name=f"initial_state_{k}")
        for k, shape in enumerate(shapes)
    ]


def repeat(start: tf.Tensor, batch: int | tf.Tensor) -> tf.Tensor:
    """Return `start` once for each example of a batch."""
    tiled = tf.tile(start[tf.newaxis], tf.stack([batch, *([1] * start.shape.rank)]))
    return tf.ensure_shape(tiled, [tf.get_static_value(batch), *start.shape])


def beside(parts: Sequence[tf.Tensor], condition: tf.Tensor | None) -> tf.Tensor:
    """Concatenate vectors, or maps, and the condition: of maps, in every pixel."""
    if condition is None:
        return tf.concat(list(parts), axis=-1) if len(parts) > 1 else parts[0]
    condition = tf.cast(condition, parts[0].dtype)
    if parts[0].shape.rank == 4:
        maps = tf.shape(parts[0])
        condition = tf.broadcast_to(
            condition[:, tf.newaxis, tf.newaxis],
            tf.stack([maps[0], maps[1], maps[2], condition.shape[-1]]),
        )
    return tf.concat([*parts, condition], axis=-1)
