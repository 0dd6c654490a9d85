"""The contract of densities that train: p_eta(x)."""

from __future__ import annotations

import abc
import math
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.flows.bijection import as_batch
from kfdiv.flows.complete_layer import CompleteLayer


class Density(CompleteLayer, abc.ABC):
    """A layer with weights whose output is log p_eta(x), in nats.

    Built by its constructor, so that an optimizer can be built on its weights at once.

    Args:
        event_shape: shape of one example.
        **kwargs: passed on to `keras.layers.Layer`.
    """

    normalized: bool = True
    """Whether `exp(log_prob)` integrates to one."""

    condition_size: int = 0
    """Size of the condition c of p_eta(x|c), which `log_prob` takes as `(x, c)`; 0 for none."""

    def __init__(self, event_shape: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.event_shape = tuple(event_shape)

    @property
    def adapted(self) -> bool:
        """Whether there is nothing that `adapt` should set before training: so it is here."""
        return True

    def adapt(self, data: Any) -> None:
        """Take from `data` what to know before training: here, nothing.

        Args:
            data: an array of shape `(num, *event_shape)`, or a finite `tf.data.Dataset` of batches
                x, (x, y) or (x, y, w), w weights, which is read once.
        """

    def vectors(self, data: Any) -> Iterator[tuple[tf.Tensor, tf.Tensor | None]]:
        """Yield what `adapt` was given as vectors, shape `(batch, size)`, and their weights."""
        for batch in data if isinstance(data, tf.data.Dataset) else [data]:
            x, weight = batch, None
            if isinstance(batch, tuple):
                x, weight = batch[0], batch[2] if len(batch) > 2 else None
            x = as_batch(x, self.event_shape, density_dtype(self), self.name)
            yield tf.reshape(x, [-1, math.prod(self.event_shape)]), weight

    @abc.abstractmethod
    def log_prob(self, x: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Return log p_eta(x) in nats, shape `(batch,)`, for x of shape `(batch, *event_shape)`."""

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Return `log_prob(inputs)`."""
        return self.log_prob(inputs, training=training)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of `keras.layers.Layer`; a subclass adds its own."""
        return super().get_config()
