"""The affine coupling step of RealNVP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import keras
import numpy as np
import tensorflow as tf

from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.flows.conditional_affine import ConditionalAffine


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class AffineCoupling(ConditionalAffine):
    """Keeps some coordinates and moves the others, `x_b = shift(z_a) + exp(log_scale(z_a)) z_b`.

    Both directions take one pass of the network. Further arguments are those of
    `ConditionalAffine`.

    Args:
        mask: a boolean a coordinate: True for those that are kept, z_a.
        **kwargs: passed on to `ConditionalAffine`.

    Raises:
        ValueError: if the mask keeps all coordinates or none, or an argument is not understood.

    Example:
        >>> coupling = AffineCoupling([True, False, True], units=[8])
        >>> coupling.network.input_shape, coupling.network.output_shape
        ((None, 2), (None, 1, 2))
        >>> coupling.forward([[1.0, 2.0, 3.0]]).numpy().tolist()
        [[1.0, 2.0, 3.0]]

    Source: Dinh et al. 2017, "Density estimation using Real NVP", eq. 4-9.
    """

    def __init__(self, mask: Sequence[bool], **kwargs: Any) -> None:
        if any(value not in (True, False) for value in mask) or len(set(mask)) < 2:
            raise ValueError(
                "mask must be booleans, at least one True (kept) and one False (moved), for "
                f"example [True, False], but got {mask!r}."
            )
        super().__init__(len(mask), **kwargs)
        self.mask = tuple(map(bool, mask))
        self._kept, self._moved = np.flatnonzero(self.mask), np.flatnonzero(np.invert(self.mask))
        # Where each coordinate is once those moved follow those kept.
        self._places = np.argsort(np.concatenate([self._kept, self._moved]))
        options = {"dtype": self.dtype_policy}
        moved = len(self._moved)
        self.network = keras.Sequential(
            [
                keras.Input((len(self._kept),), dtype=density_dtype(self)),
                *(keras.layers.Dense(size, self.activation, **options) for size in self.units),
                keras.layers.Dense(2 * moved, kernel_initializer="zeros", **options),
                keras.layers.Reshape((moved, 2), **options),
            ]
        )

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        kept, moved = self._split(z)
        shift, log_scale = self.shift_and_log_scale(kept)
        return self._join(kept, shift + tf.exp(log_scale) * moved)

    def _inverse(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        kept, moved = self._split(x)
        shift, log_scale = self.shift_and_log_scale(kept)
        z = self._join(kept, (moved - shift) * tf.exp(-log_scale))
        return z, -tf.reduce_sum(log_scale, axis=1)

    def _split(self, values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(values, self._kept, axis=1), tf.gather(values, self._moved, axis=1)

    def _join(self, kept: tf.Tensor, moved: tf.Tensor) -> tf.Tensor:
        return tf.gather(tf.concat([kept, moved], axis=1), self._places, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "mask": list(self.mask)}
