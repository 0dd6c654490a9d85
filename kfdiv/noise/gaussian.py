"""Gaussian spread noise: the kernel sums become matrix products."""

from __future__ import annotations

import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.noise.spread_noise import SpreadNoise, registry

tfd = tfp.distributions


@registry.register("gaussian", aliases=("normal",))
@keras.saving.register_keras_serializable(package="kfdiv")
class Gaussian(SpreadNoise):
    """Gaussian noise, `p(y|x) = N(y; x, width^2 I)` (Zhang et al. 2019, section 2.1).

    Arguments are those of `SpreadNoise`.

    Example:
        >>> from kfdiv import random
        >>> from kfdiv.noise import Gaussian
        >>> noise = Gaussian(0.5)
        >>> y = noise.draw(tf.zeros((4, 2)), random.seed(0, "spread"), noise.width(0))
        >>> y.shape
        TensorShape([4, 2])
        >>> noise.convolve(tfd.Normal(0.0, 1.2), 0.5).scale.numpy().round(3).item()
        1.3
    """

    convolvable = "Deterministic (gives Normal) and Normal (gives Normal)"

    def pairwise(
        self, y: tf.Tensor, x: tf.Tensor, squares: tf.Tensor, width: tf.Tensor
    ) -> tf.Tensor:
        """`(y . x_n - |x_n|^2 / 2) / width^2`: the square expanded, to cost one product."""
        precision = width**-2
        if width.shape.rank == 0:
            squares *= precision
        else:
            squares = tf.linalg.matvec(tf.square(x), precision)
        return _products(y * precision, x) - 0.5 * squares

    def offset(self, y: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        """`-|y / width|^2 / 2 - log det(width I) - D log(2 pi) / 2`."""
        dimension = y.shape[-1]
        log_volume = tf.reduce_sum(tf.math.log(width) * tf.ones(dimension, y.dtype))
        energy = 0.5 * tf.reduce_sum(tf.square(y / width), axis=-1)
        return -energy - log_volume - 0.5 * dimension * math.log(2.0 * math.pi)

    def moments(
        self,
        weights: tf.Tensor,
        y: tf.Tensor,
        x: tf.Tensor,
        squares: tf.Tensor,
        width: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Sums of `x_n`, and of `|x_n|^2` or, for a width a dimension, of `x_n^2`."""
        del y
        if width.shape.rank == 0:
            second = tf.reduce_sum(weights * squares, axis=-1)
        else:
            second = _combine(weights, tf.square(x))
        return _combine(weights, x), second

    def gradients(
        self, y: tf.Tensor, moments: tuple[tf.Tensor, tf.Tensor], width: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Score `(E[x] - y) / width^2`, and `E[(x - y)^2] / width^3 - 1 / width` of the width."""
        mean, second = moments
        score = (mean - y) * width**-2
        spread = y * (y - 2.0 * mean)
        if width.shape.rank == 0:
            distance = second + tf.reduce_sum(spread, axis=-1)
            return score, distance * width**-3 - y.shape[-1] / width
        return score, (second + spread) * width**-3 - 1.0 / width

    def _standard(self, shape: tf.Tensor, seed: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        return random.normal(shape, seed, dtype)

    def _distribution(self, loc: tf.Tensor, width: tf.Tensor) -> tfd.Distribution:
        return tfd.Normal(loc, width)

    def _convolve(
        self, distribution: tfd.Distribution, width: tf.Tensor
    ) -> tfd.Distribution | None:
        if isinstance(distribution, tfd.Deterministic):
            return tfd.Normal(distribution.loc, width)
        if isinstance(distribution, tfd.Normal):
            scale = tf.sqrt(tf.square(distribution.scale) + tf.square(width))
            return tfd.Normal(distribution.loc, scale)
        return None


def _products(y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """`y_b . x_n`, of points shared by the batch or of each row's own."""
    if x.shape.rank == 2:
        return tf.matmul(y, x, transpose_b=True)
    return tf.linalg.matvec(x, y)


def _combine(weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """`sum_n weights_bn x_n`, of points shared by the batch or of each row's own."""
    if x.shape.rank == 2:
        return tf.matmul(weights, x)
    return tf.linalg.matvec(x, weights, transpose_a=True)
