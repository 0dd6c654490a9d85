"""Spectral normalisation of a layer's kernel."""

from __future__ import annotations

from typing import Any, final

import keras
from keras import ops

# Where a vector has no direction, it is left as it is.
_TINY = 1e-12


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class SpectralNormalization(keras.layers.Wrapper):
    """Runs a layer with `W / sigma(W)`, sigma the largest singular value, in place of its kernel W.

    W is the kernel as a matrix with a column an output. A vector u is kept from call to call:
    `v = W u / |W u|`, `u <- W^T v / |W^T v|`, `sigma = v^T W u`, one power iteration a call, whose
    u is kept where `training=True`. Gradients pass through sigma but not through u and v.

    Keras's layer of this name instead overwrites W by `W / sigma`, which moves weights behind the
    optimizer's back, leaves sigma out of the gradient, and does nothing outside of training.

    Args:
        layer: a layer with a `kernel` whose last axis is that of outputs: dense or convolutional.
        **kwargs: passed on to `keras.layers.Wrapper`.

    Example:
        >>> layer = SpectralNormalization(keras.layers.Dense(3))
        >>> layer(ops.ones((2, 5))).shape
        TensorShape([2, 3])

    Source: Miyato et al. 2018, algorithm 1; Shen et al. 2020, Table 11 (SAGAN).
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build the layer, and make u."""
        super().build(input_shape)
        if not hasattr(self.layer, "kernel"):
            raise ValueError(
                f"{type(self.layer).__name__} has no kernel to normalise; expected a dense or "
                "convolutional layer."
            )
        self.u = self.add_weight(
            (self.layer.kernel.shape[-1],),
            initializer="random_normal",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",  # all replicas compute the same
            name="u",
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the layer's output with the normalised kernel."""
        kernel = ops.cast(self.layer.kernel, self.variable_dtype)
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        rows = ops.stop_gradient(matrix)
        v = _direction(ops.matmul(rows, self.u))
        u = _direction(ops.matmul(v, rows))
        if training:
            self.u.assign(u)
        sigma = ops.sum(v * ops.matmul(matrix, u))
        normalised = kernel / ops.where(sigma > 0, sigma, 1)

        def values(variables: list[keras.Variable]) -> list[Any]:
            return [normalised if v is self.layer.kernel else v.value for v in variables]

        outputs, _ = self.layer.stateless_call(
            values(self.layer.trainable_variables),
            values(self.layer.non_trainable_variables),
            inputs,
        )
        return outputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the layer's."""
        return self.layer.compute_output_shape(input_shape)


def _direction(vector: Any) -> Any:
    return vector / ops.maximum(ops.norm(vector), _TINY)
