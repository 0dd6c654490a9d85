"""The step that changes the order of coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import keras
import numpy as np
import tensorflow as tf

from kfdiv.flows.bijection import Bijection


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class Permutation(Bijection):
    """`x_i = z_{p(i)}`, which keeps volume and has no weights.

    Between autoregressive steps it lets every coordinate come first in its turn.

    Args:
        permutation: p, the integers 0 .. D - 1 in some order.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if `permutation` is not one.

    Example:
        >>> reverse = Permutation([2, 1, 0])
        >>> reverse.forward([[1.0, 2.0, 3.0]]).numpy().tolist()
        [[3.0, 2.0, 1.0]]
    """

    def __init__(self, permutation: Sequence[int], **kwargs: Any) -> None:
        permutation = tuple(permutation)
        if not permutation or sorted(permutation) != list(range(len(permutation))):
            raise ValueError(
                "permutation must hold each of 0 .. D - 1 once, for example [2, 1, 0], but got "
                f"{permutation}."
            )
        super().__init__(len(permutation), **kwargs)
        self.permutation = tuple(map(int, permutation))

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        return tf.gather(z, self.permutation, axis=1)

    def _inverse(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(x, np.argsort(self.permutation), axis=1), tf.zeros_like(x[:, 0])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "permutation": list(self.permutation)}
