"""The Fréchet distance, batch after batch."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv.arguments import check_count


@keras.saving.register_keras_serializable(package="kfdiv")
class FrechetDistance(keras.metrics.Metric):
    """Streaming `|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^(1/2) C_b C_a^(1/2))^(1/2))`.

    Weights say how often an example counts: whole numbers are repeated examples.

    The state is float64 sums of features and of their products, because replicas add their states;
    the sums keep six digits of a variance as long as means are below 10^4 standard deviations.
    `kfdiv.evaluation.frechet_between` has no such limit.

    Source: Heusel et al. 2017, eq. 6.

    Args:
        dims: width of the features.
        name: the metric's name.

    Raises:
        ValueError: if `dims` is not a positive integer.

    Example:
        >>> metric = FrechetDistance(dims=2)
        >>> metric.update_state([[1.0, 0.0], [-1.0, 0.0]], [[4.0, 0.0], [2.0, 0.0]])
        >>> round(float(metric.result()), 6)
        9.0
    """

    def __init__(self, dims: int, name: str = "frechet_distance") -> None:
        super().__init__(name=name, dtype="float64")
        self.dims = check_count("dims", dims, expected="a positive integer")
        shapes = {"count": (), "total": (self.dims,), "products": (self.dims, self.dims)}
        self._sums = {
            side: {
                name: self.add_variable(shape, "zeros", dtype=self.dtype, name=f"{side}_{name}")
                for name, shape in shapes.items()
            }
            for side in ("real", "generated")
        }

    def update_state(
        self,
        real: tf.Tensor,
        generated: tf.Tensor,
        sample_weight: tf.Tensor | None = None,
        generated_weight: tf.Tensor | None = None,
    ) -> None:
        """Add features of both sets, each of shape `(batch, dims)`; the batches may differ.

        Args:
            real: features of data.
            generated: features of samples.
            sample_weight: weights of the data, shape `(batch,)`, or None.
            generated_weight: weights of the samples, or None.

        Raises:
            ValueError: if the features have another shape.
        """
        weights = (sample_weight, generated_weight)
        sides = zip((real, generated), weights, self._sums.values(), strict=True)
        for features, weight, sums in sides:
            features = tf.cast(features, self.dtype)
            if not features.shape.is_compatible_with((None, self.dims)):
                raise ValueError(
                    f"Features must have shape (batch, {self.dims}), but got {features.shape}."
                )
            if weight is None:
                count, weighted = tf.cast(tf.shape(features)[0], self.dtype), features
            else:
                weight = tf.cast(weight, self.dtype)
                count = tf.reduce_sum(weight)
                # One of weight zero takes no part, even where it is not finite.
                features = tf.where(weight[:, None] > 0, features, tf.zeros_like(features))
                weighted = features * weight[:, None]
            sums["count"].assign_add(count)
            sums["total"].assign_add(tf.reduce_sum(weighted, axis=0))
            sums["products"].assign_add(tf.matmul(features, weighted, transpose_a=True))

    def result(self) -> tf.Tensor:
        """Return the distance so far, a scalar; NaN below two examples of either set."""
        (mean_a, covariance_a), (mean_b, covariance_b) = map(_moments, self._sums.values())
        values, vectors = tf.linalg.eigh(covariance_a)
        root = tf.matmul(vectors * tf.sqrt(tf.maximum(values, 0.0)), vectors, transpose_b=True)
        products = tf.linalg.eigvalsh(root @ covariance_b @ root)
        overlap = tf.reduce_sum(tf.sqrt(tf.maximum(products, 0.0)))
        spread = tf.linalg.trace(covariance_a) + tf.linalg.trace(covariance_b) - 2.0 * overlap
        return tf.reduce_sum(tf.square(mean_a - mean_b)) + tf.maximum(spread, 0.0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"dims": self.dims, "name": self.name}


def _moments(sums: dict[str, keras.Variable]) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the mean and the unbiased covariance."""
    count, total, products = (sums[name].value for name in ("count", "total", "products"))
    mean = total / count
    return mean, (products - count * mean[:, None] * mean[None, :]) / (count - 1.0)
