"""The elementwise affine step, which takes the location and the scale of the data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

import keras
import numpy as np
import tensorflow as tf

from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.flows.bijection import Bijection


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class Affine(Bijection):
    """`x_i = shift_i + exp(log_scale_i) z_i`, the identity until it trains or meets data.

    A flow whose steps are bounded cannot reach data far from the unit ball; behind this step it
    need not. `adapt` makes z of mean 0 and variance 1 for the data that it is given.

    Args:
        size: D, the length of z and of x.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if `size` is not a positive integer.

    Example:
        >>> affine = Affine(2)
        >>> affine.adapt([[[0.0, 5.0], [4.0, 5.0]]])
        >>> z, log_det = affine.inverse([[4.0, 6.0]])
        >>> z.numpy().tolist(), round(float(log_det[0]), 4)
        ([[1.0, 1.0]], -0.6931)

    Source: Kingma and Dhariwal 2018 (Glow), section 3.1, "actnorm".
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(size, **kwargs)
        # Not cast to half precision in a model that computes so.
        options = {"initializer": "zeros", "dtype": density_dtype(self), "autocast": False}
        self.shift = self.add_weight((self.size,), name="shift", **options)
        self.log_scale = self.add_weight((self.size,), name="log_scale", **options)

    def adapt(self, batches: Iterable[Any]) -> None:
        """Set shift and scale to the mean and standard deviation of each coordinate.

        A coordinate that never varies has no scale: it keeps scale 1.

        Args:
            batches: arrays of shape `(batch, size)`, or pairs of one and its weights, shape
                `(batch,)`; read once.

        Raises:
            ValueError: if there are no examples, their shape is another, or a value is not finite.
        """
        count, mean, squares = 0, np.zeros(self.size), np.zeros(self.size)
        for batch in batches:
            batch, weight = batch if isinstance(batch, tuple) else (batch, None)
            batch = np.asarray(batch, "float64")
            if batch.shape[1:] != (self.size,):
                raise ValueError(
                    f"{self.name} received a batch of shape {batch.shape}, expected "
                    f"{('batch', self.size)}."
                )
            if not np.isfinite(batch).all():
                raise ValueError(
                    f"{self.name} cannot adapt to data with values that are NaN or infinite; "
                    "remove them."
                )
            # The moments of two sets of examples joined (Chan et al. 1979): no cancellation.
            size = len(batch) if weight is None else float(np.sum(weight, dtype="float64"))
            if not size:
                continue
            center, variance = _moments(batch, weight)
            step = center - mean
            squares += size * variance + step**2 * count * size / (count + size)
            count += size
            mean += step * size / count
        if not count:
            raise ValueError(f"{self.name} received no examples to adapt to; expected at least 1.")
        constant = squares == 0
        self.shift.assign(mean)
        self.log_scale.assign(np.where(constant, 0, 0.5 * np.log(squares / count + constant)))

    def is_identity(self) -> bool:
        """Say whether it has neither trained nor met data."""
        return not (np.any(self.shift) or np.any(self.log_scale))

    def _forward(self, z: tf.Tensor) -> tf.Tensor:
        return self.shift.value + tf.exp(self.log_scale.value) * z

    def _inverse(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        z = (x - self.shift.value) * tf.exp(-self.log_scale.value)
        log_det = -tf.reduce_sum(self.log_scale.value)
        return z, tf.fill([tf.shape(x)[0]], log_det)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size}


def _moments(batch: np.ndarray, weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of each coordinate."""
    if weight is None:
        return batch.mean(axis=0), batch.var(axis=0)
    mean = np.average(batch, axis=0, weights=weight)
    return mean, np.average((batch - mean) ** 2, axis=0, weights=weight)
