"""A sampler with noise inside and no density."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.distributions.conditional_distribution import (
    ConditionalDistribution,
    Inputs,
    full_precision,
)

tfd = tfp.distributions


class Pushforward(tfd.Distribution):
    """The law of `sampler(epsilon)`: it can be drawn from, and that is all.

    Args:
        sampler: from a seed and a number n to n draws, `(n, *batch_shape, *event_shape)`.
        batch_shape: a `tf.TensorShape`.
        event_shape: a `tf.TensorShape`.
        dtype: of a draw.
    """

    def __init__(
        self, sampler: Any, batch_shape: tf.TensorShape, event_shape: tf.TensorShape, dtype: Any
    ) -> None:
        parameters = dict(locals())
        self.sampler = sampler
        self._static_shapes = batch_shape, event_shape
        super().__init__(
            dtype=dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
        )

    @classmethod
    def _parameter_properties(cls, dtype: Any, num_classes: int | None = None) -> dict[str, Any]:
        return {}

    def _batch_shape(self) -> tf.TensorShape:
        return self._static_shapes[0]

    def _event_shape(self) -> tf.TensorShape:
        return self._static_shapes[1]

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        if seed is None or tf.convert_to_tensor(seed).shape != (2,):
            raise ValueError(
                "An implicit distribution is drawn from by a stateless seed of shape (2,), "
                f"received {seed!r}. Pass seed=kfdiv.random.seed(0, 'draw')."
            )
        return self.sampler(seed, n)

    def _log_prob(self, x: tf.Tensor) -> tf.Tensor:
        raise NotImplementedError(
            "An implicit p(x|z) can be drawn from but has no density. Use "
            "kfdiv.distributions.Normal, or an adversarial objective, which needs draws alone."
        )


@keras.saving.register_keras_serializable(package="kfdiv")
class Implicit(ConditionalDistribution):
    """A sampler, `x = network([z, epsilon, ...])` with every epsilon standard normal.

    Args:
        network: a built network whose first input is z and whose others are noise, drawn here in
            the shapes that its inputs declare. With a single input the noise is whatever its layers
            make: seeds of `draw` do not reach it, so runs do not repeat. Prefer noise inputs.
        **kwargs: passed on to `keras.layers.Layer`.

    Example:
        >>> import keras
        >>> from kfdiv import random
        >>> from kfdiv.distributions import Implicit
        >>> z, noise = keras.Input((2,)), keras.Input((3,))
        >>> x = keras.layers.Dense(4)(keras.layers.Concatenate()([z, noise]))
        >>> sampler = Implicit(keras.Model([z, noise], x))
        >>> sampler.sample(tf.zeros((5, 2)), random.seed(0, "draw")).shape
        TensorShape([5, 4])
    """

    has_density = False

    def call(
        self,
        inputs: Inputs,
        noise: tuple[tf.Tensor, ...] | None = None,
        training: bool | None = None,
    ) -> tf.Tensor:
        """Return the example at the given noise, at zero noise if None."""
        given = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
        shapes = [tensor.shape[1:] for tensor in self.network.inputs]
        leading = tf.shape(given[0])[: given[0].shape.rank - len(shapes[0])]
        if noise is None:
            noise = [
                tf.zeros(tf.concat([leading, shape], 0), given[0].dtype)
                for shape in shapes[len(given) :]
            ]
        flat = [
            tf.reshape(tensor, [-1, *shape])
            for tensor, shape in zip((*given, *noise), shapes, strict=True)
        ]
        result = self._network_outputs(flat, training)
        return full_precision(tf.reshape(result, tf.concat([leading, self.event_shape], 0)))

    def distribution(self, inputs: Inputs, training: bool | None = None) -> tfd.Distribution:
        """See `ConditionalDistribution.distribution`; it has neither `log_prob` nor moments."""
        given = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
        given = tuple(tf.convert_to_tensor(part) for part in given)
        shapes = [tensor.shape[1:] for tensor in self.network.inputs]
        static = given[0].shape[: given[0].shape.rank - len(shapes[0])]

        def sampler(seed: tf.Tensor, n: int | tf.Tensor) -> tf.Tensor:
            many = tuple(tf.repeat(part[tf.newaxis], n, axis=0) for part in given)
            leading = tf.shape(many[0])[: static.rank + 1]
            noise = tuple(
                random.normal(tf.concat([leading, shape], 0), random.fold(seed, k), given[0].dtype)
                for k, shape in enumerate(shapes[len(given) :])
            )
            x = self(many if len(many) > 1 else many[0], noise, training=training)
            return tf.ensure_shape(x, tf.TensorShape([None]) + static + self.event_shape)

        dtype = tf.as_dtype(self.network.outputs[0].dtype)
        dtype = tf.float64 if dtype == tf.float64 else tf.float32
        return Pushforward(sampler, static, tf.TensorShape(self.event_shape), dtype)

    def draw(self, distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Draw noise and push it through the network, reparameterised."""
        return distribution.sampler(seed, 1)[0]

    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the example at zero noise, which stands for the mean: that has no closed form."""
        return self(inputs, training=training)
