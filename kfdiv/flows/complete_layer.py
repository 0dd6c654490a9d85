"""A layer that has all its weights as soon as it is constructed."""

from __future__ import annotations

import math

import keras


class CompleteLayer(keras.layers.Layer):
    """A layer whose constructor makes its weights, so that an optimizer can be built on them.

    Example:
        >>> from kfdiv.flows import Affine
        >>> Affine(3).count_params()
        6
    """

    def build(self, input_shape: object = None) -> None:
        """Do nothing: the weights exist since construction."""

    def count_params(self) -> int:
        """Return how many numbers the weights hold; Keras's own asks for a first call."""
        return sum(math.prod(weight.shape) for weight in self.weights)
