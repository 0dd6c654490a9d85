"""The density of the noised minibatch in place of that of the noised data: a biased baseline."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from kfdiv import noise as noise_lib
from kfdiv.distributions.data_density import DataDensity


@keras.saving.register_keras_serializable(package="kfdiv")
class MinibatchData(DataDensity):
    """The mixture of noise kernels on the step's own batch, `p^(B)(y) = sum_m w_m p(y|x_m)`.

    Over batches, p^(B) itself is an unbiased estimate of p^(y), but its logarithm is too low by
    Jensen's inequality: where y is far from all of the batch, by as much as one pleases. On data
    of the batch itself it is too high, as the batch has the point that y was made of. Zhang et al.
    take it on the ring (section 3.1, batches of 100) and found it detrimental on images (section
    2.3). Here it is the baseline; "exact" is the density of all data.

    It needs no pass over the data. Evaluations take each batch's own, too.

    Source: Zhang et al. 2019, sections 2.3 and 3.1.

    Example:
        >>> import kfdiv
        >>> density, spread = MinibatchData(), kfdiv.noise.Gaussian(1.0)
        >>> x = tf.constant([[-1.0], [1.0]])
        >>> density.log_prob(tf.zeros((1, 1)), 1.0, points=x, noise=spread).numpy().round(3)
        array([-1.419], dtype=float32)
    """

    uses_batch = True

    def check_noise(self, noise: Any) -> None:
        """Raise if there is no spread noise, without which points have no density."""
        if noise is None:
            raise ValueError(
                "data_density='minibatch' is a mixture of noise on the batch's points, but the "
                "model has noise=None. Pass noise=kfdiv.noise.Gaussian(0.5)."
            )

    def log_prob(
        self,
        y: tf.Tensor,
        width: tf.Tensor | float | None,
        *,
        seed: tf.Tensor | None = None,
        location: tf.Tensor | None = None,
        differentiable: bool = True,
        points: tf.Tensor | None = None,
        weight: tf.Tensor | None = None,
        noise: noise_lib.SpreadNoise | None = None,
        **given: tf.Tensor,
    ) -> tf.Tensor:
        """Return log p^(B)(y) in nats, shape `(batch,)`; otherwise as `DataDensity.log_prob`.

        Args:
            y: shape `(batch, *event_shape)`.
            width: of the noise.
            seed: plays no part.
            location: plays no part.
            differentiable: as of `DataDensity.log_prob`.
            points: the batch, shape `(M, *event_shape)`.
            weight: of the points, numbers of at least 0, shape `(M,)`, or None.
            noise: the kernel.
            **given: refused; the batch has no density given a condition.

        Raises:
            ValueError: if there are no points, or several replicas share the batch.
        """
        del seed, location
        if points is None or noise is None or given:
            raise ValueError(
                "MinibatchData.log_prob needs points=... and noise=..., and no more: an objective "
                "gives it the batch."
            )
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise ValueError(
                "data_density='minibatch' is that of one batch, which several replicas share. "
                "Train on one replica, or use data_density='exact'."
            )
        y = tf.convert_to_tensor(y)
        points = tf.stop_gradient(tf.cast(points, y.dtype))
        # The kernels' squares are expanded, which loses digits far from the origin.
        centre = tf.reduce_mean(points, axis=0)
        size = math.prod(points.shape[1:])
        y, points = (tf.reshape(one - centre, [-1, size]) for one in (y, points))
        width = tf.convert_to_tensor(width, y.dtype)
        width = width if width.shape.rank == 0 else tf.reshape(width, [-1])
        if not differentiable:
            y, width = tf.stop_gradient(y), tf.stop_gradient(width)
        logits = noise.pairwise(y, points, tf.reduce_sum(tf.square(points), axis=-1), width)
        count = tf.cast(tf.shape(points)[0], y.dtype)
        if weight is not None:
            weight = tf.cast(weight, y.dtype)
            # A batch none of which counts has no density, and must not make a NaN of those that do.
            weight = tf.where(tf.reduce_any(weight > 0), weight, tf.ones_like(weight))
            logits += tf.math.log(weight)
            count = tf.reduce_sum(weight)
        mean = tf.reduce_logsumexp(logits, axis=-1) - tf.math.log(count)
        return noise.offset(y, width) + mean

    def get_config(self) -> dict[str, Any]:
        """Return no arguments: there are none."""
        return {}
