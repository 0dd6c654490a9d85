"""What the layers of a network add to its loss: regularisers, activity regularisers, `add_loss`.

Keras keeps what a call adds until the next call of the same network, so a network that is called
twice in a step loses half of it. Whoever calls a network in training says so here.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterable, Iterator, Sequence

import keras
import tensorflow as tf

_collecting: contextvars.ContextVar[LayerLosses | None] = contextvars.ContextVar(
    "layer_losses", default=None
)


class LayerLosses:
    """The losses that layers added while they were collected.

    Example:
        >>> import keras
        >>> l2 = keras.regularizers.L2(0.5)
        >>> network = keras.Sequential([
        ...     keras.Input((1,)), keras.layers.Dense(1, activity_regularizer=l2)
        ... ])
        >>> _ = network.layers[0].kernel.assign([[2.0]])
        >>> with collected() as losses:
        ...     for x in (1.0, 2.0):
        ...         _ = network(tf.constant([[x]]))
        ...         record(network)
        >>> float(losses.total([network]))
        10.0
    """

    def __init__(self) -> None:
        self._calls: dict[int, list[tf.Tensor]] = {}

    def add(self, owner: keras.layers.Layer, layer: keras.layers.Layer) -> None:
        """Take down what the last call of `layer`, a part of `owner`, added."""
        # Regularisers of weights come last, and do not depend on a call.
        regularized = sum(v.regularizer is not None for v in layer.trainable_weights)
        losses = layer.losses
        added = losses[: len(losses) - regularized]
        self._calls.setdefault(id(owner), []).extend(added)

    def total(
        self,
        layers: Sequence[keras.layers.Layer],
        variables: Iterable[keras.Variable] | None = None,
    ) -> tf.Tensor | None:
        """Return the sum of what calls of `layers` added and of their weights' regularisers.

        Args:
            layers: those that a role owns.
            variables: those that it moves, whose regularisers count; by default all of `layers`.

        Returns:
            A scalar, or None where there is nothing.
        """
        found = [loss for layer in layers for loss in self._calls.get(id(layer), [])]
        if variables is None:
            variables = {id(v): v for layer in layers for v in layer.trainable_weights}.values()
        regularized = [v for v in variables if v.trainable and v.regularizer is not None]
        found += [v.regularizer(v) for v in regularized]
        return tf.add_n([tf.cast(loss, found[0].dtype) for loss in found]) if found else None


@contextlib.contextmanager
def collected() -> Iterator[LayerLosses]:
    """Collect what layers add inside the context."""
    losses = LayerLosses()
    token = _collecting.set(losses)
    try:
        yield losses
    finally:
        _collecting.reset(token)


def record(owner: keras.layers.Layer, layer: keras.layers.Layer | None = None) -> None:
    """Say that `layer`, by default `owner` itself, has just been called.

    Args:
        owner: the layer that a model holds.
        layer: the network in it that was called.
    """
    losses = _collecting.get()
    if losses is not None:
        losses.add(owner, owner if layer is None else layer)
