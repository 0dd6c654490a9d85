"""A data density that is known in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv.distributions.data_density import DataDensity
from kfdiv.noise import Gaussian

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="kfdiv")
class GaussianMixture(DataDensity):
    """The mixture `p(x) = sum_k w_k N(x; m_k, s_k^2 I)`, and its Gaussian spread density, exactly.

    Under Gaussian noise of width w the components' variances become `s_k^2 + w^2`.

    Args:
        weights: K positive weights; normalised.
        means: K means, numbers or vectors of one length D.
        scales: K positive standard deviations.

    Raises:
        ValueError: if the lengths differ, a weight or scale is not positive, or a mean not finite.

    Example:
        >>> density = GaussianMixture([0.3, 0.7], [1.0, 2.0], [0.1, 0.5])
        >>> [round(float(v), 4) for v in density.log_prob([[1.0], [2.0]], width=None)]
        [0.2409, -0.5825]
    """

    def __init__(
        self, weights: Sequence[float], means: Sequence[Any], scales: Sequence[float]
    ) -> None:
        if not len(weights) == len(means) == len(scales) > 0:
            raise ValueError(
                "weights, means and scales must have one entry for each component, but got "
                f"{len(weights)}, {len(means)} and {len(scales)}."
            )
        self.weights = np.asarray(weights, "float64")
        self.means = np.asarray(means, "float64").reshape(len(self.weights), -1)
        self.scales = np.asarray(scales, "float64")
        for name, values in (("weights", self.weights), ("scales", self.scales)):
            if not (np.isfinite(values) & (values > 0)).all():
                raise ValueError(f"{name} must be positive, but got {values.tolist()}.")
        if not np.isfinite(self.means).all():
            raise ValueError(f"means must be finite, but got {self.means.tolist()}.")
        self.weights = self.weights / self.weights.sum()

    def distribution(self, width: Any = None, dtype: Any = "float32") -> tfd.Distribution:
        """Return p(x), or p^(y) under Gaussian noise of `width`, with event shape `(D,)`.

        Args:
            width: None, a scalar, or a width a dimension, `(D,)`.
            dtype: of the densities.
        """
        scales = tf.constant(self.scales[:, np.newaxis], dtype)
        if width is not None:
            scales = tf.sqrt(tf.square(scales) + tf.square(tf.cast(width, dtype)))
        means = tf.constant(self.means, dtype)
        scales = tf.broadcast_to(scales, tf.shape(means))
        return tfd.MixtureSameFamily(
            tfd.Categorical(probs=tf.constant(self.weights, dtype)),
            tfd.Independent(tfd.Normal(means, scales), 1),
        )

    def check_noise(self, noise: Any) -> None:
        """Raise unless the noise is Gaussian, or None."""
        if noise is not None and not isinstance(noise, Gaussian):
            raise ValueError(
                "GaussianMixture is known under Gaussian noise alone, but the noise is "
                f"{type(noise).__name__}. Use kfdiv.noise.Gaussian, or data_density='exact'."
            )

    def log_prob(
        self,
        y: tf.Tensor,
        width: tf.Tensor | float | None,
        *,
        seed: tf.Tensor | None = None,
        location: tf.Tensor | None = None,
        differentiable: bool = True,
    ) -> tf.Tensor:
        """Return log p^(y) in nats, shape `(batch,)`, for y of shape `(batch, D)`."""
        y = tf.convert_to_tensor(y)
        return self.distribution(width, y.dtype).log_prob(y)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "weights": self.weights.tolist(),
            "means": self.means.tolist(),
            "scales": self.scales.tolist(),
        }
