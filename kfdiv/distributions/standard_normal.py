"""The usual prior."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.arguments import check_count
from kfdiv.distributions.conditional_distribution import density_dtype

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="kfdiv")
class StandardNormal(keras.layers.Layer):
    """The prior `p(z) = N(z; 0, I)`.

    Args:
        size: dimension of z.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if `size` is not a positive integer.

    Example:
        >>> from kfdiv import random
        >>> prior = StandardNormal(2)
        >>> prior.draw(5, random.seed(0, "doc")).shape
        TensorShape([5, 2])
        >>> round(float(prior.distribution().log_prob([0.0, 0.0])), 4)
        -1.8379
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = check_count("size", size, expected="a positive integer")

    def distribution(self) -> tfd.Distribution:
        """Return p(z), with event shape `(size,)`."""
        zeros = tf.zeros((self.size,), density_dtype(self))
        return tfd.Independent(tfd.Normal(zeros, tf.ones_like(zeros)), 1)

    def draw(self, num: int | tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Draw `num` latents, shape `(num, size)`, from an int32 seed of shape `(2,)`."""
        return random.normal(tf.stack([num, self.size]), seed, density_dtype(self))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size}
