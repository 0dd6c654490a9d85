"""A dense layer that leaves connections out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

import keras
import numpy as np
from keras import ops

from kfdiv.flows.complete_layer import CompleteLayer


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class MaskedDense(CompleteLayer):
    """`y = a((W * M) x + b)` where unit k sees input j if its degree is high enough.

    A unit of degree m depends on the first m coordinates of the data alone: `M_kj = 1 if m_k >=
    m_j`, and for the outputs `M_kj = 1 if m_k > m_j`, since the d-th may depend on those before it.

    Args:
        input_degrees: m_j, an integer an input.
        degrees: m_k, an integer a unit.
        strict: whether degrees must exceed those of what they see: for outputs.
        activation: a, any Keras activation; None is the identity.
        kernel_initializer: of W.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
        >>> layer = MaskedDense([1, 2], [1, 2], strict=True, kernel_initializer="ones")
        >>> layer(ops.array([[3.0, 4.0]])).numpy().tolist()
        [[0.0, 3.0]]

    Source: Germain et al. 2015, "MADE", eq. 8 and 9.
    """

    def __init__(
        self,
        input_degrees: Sequence[int],
        degrees: Sequence[int],
        strict: bool = False,
        activation: str | Callable | None = None,
        kernel_initializer: str | keras.initializers.Initializer = "glorot_uniform",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.input_degrees = tuple(map(int, input_degrees))
        self.degrees = tuple(map(int, degrees))
        self.strict = strict
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        above = np.greater if strict else np.greater_equal
        self.mask = above(*np.ix_(self.degrees, self.input_degrees)).T
        self.kernel = self.add_weight(
            self.mask.shape, initializer=self.kernel_initializer, name="kernel"
        )
        self.bias = self.add_weight((len(self.degrees),), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Return the units, shape `(batch, len(degrees))`."""
        kernel = ops.where(self.mask, self.kernel, 0)
        return self.activation(ops.matmul(inputs, kernel) + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return `(batch, len(degrees))`."""
        return (*input_shape[:-1], len(self.degrees))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "input_degrees": list(self.input_degrees),
            "degrees": list(self.degrees),
            "strict": self.strict,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
