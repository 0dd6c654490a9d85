"""A posterior whose every step sees what was drawn in the steps before."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.distributions.conditional_distribution import (
    ConditionalDistribution,
    Inputs,
    density_dtype,
)

tfd = tfp.distributions


class AutoregressiveLayer(keras.layers.Layer, abc.ABC):
    """What `AutoregressiveNormal` is made of: means and scales of z_t, in the order of the steps.

    Its `call` gives the latents that follow where every step's draw is its mean.
    """

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """Of z, all steps together."""

    @abc.abstractmethod
    def unroll(
        self,
        x: tf.Tensor,
        condition: tf.Tensor | None = None,
        noise: tf.Tensor | None = None,
        z: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Go through the steps, and return z, loc and scale, each `(batch, size)`.

        Args:
            x: what is conditioned on, shape `(batch, *event_shape)`.
            condition: beside it, shape `(batch, condition_size)`, or None.
            noise: z_t is `loc_t + scale_t noise_t`; without it, loc_t. Shape `(batch, size)`.
            z: the latents themselves, in the place of draws.
        """

    def call(self, inputs: Any) -> tf.Tensor:
        """Return z of zero noise; inputs are x, or it and the condition."""
        inputs = inputs if isinstance(inputs, (list, tuple)) else (inputs,)
        return self.unroll(*inputs)[0]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return `(batch, size)`."""
        return (None, self.size)


class StepwiseNormal(tfd.Distribution):
    """`q(z) = prod_t N(z_t; loc_t(z_<t), scale_t(z_<t)^2)`, of one event of all steps.

    Args:
        layer: an `AutoregressiveLayer`.
        given: what it takes, tensors of shape `(*batch_shape, ...)`.
        ranks: of one example of each of them.
        dtype: of z.
    """

    def __init__(
        self,
        layer: AutoregressiveLayer,
        given: Sequence[tf.Tensor],
        ranks: Sequence[int],
        dtype: Any,
    ) -> None:
        parameters = dict(locals())
        self._layer, self._given, self._ranks = layer, tuple(given), tuple(ranks)
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
        shape = self._given[0].shape
        return shape[: shape.rank - self._ranks[0]]

    def _batch_shape_tensor(self) -> tf.Tensor:
        return tf.shape(self._given[0])[: self._batch_shape().rank]

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([self._layer.size])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([self._layer.size])

    def conditionals(self, z: tf.Tensor) -> tfd.Distribution:
        """Return the product of q(z_t|z_<t) at z, whose density there is that of z.

        Its KL from a product of priors, for z drawn, is sum_t KL(q(z_t|z_<t) || p(z_t)): in
        expectation the KL of all steps together.
        """
        return _product(*self._unrolled(tf.convert_to_tensor(z, self.dtype), "z")[1:])

    def push(self, noise: tf.Tensor) -> tuple[tf.Tensor, tfd.Distribution]:
        """Return z of standard normal noise, and the conditionals there."""
        z, *rest = self._unrolled(noise, "noise")
        return z, _product(*rest)

    def _unrolled(self, values: tf.Tensor, name: str) -> list[tf.Tensor]:
        """Give the layer one batch axis, and take it off what comes back."""
        static = tf.broadcast_static_shape(values.shape[:-1], self._batch_shape())
        leading = tf.broadcast_dynamic_shape(tf.shape(values)[:-1], self._batch_shape_tensor())
        ranks = [*self._ranks, 1]
        flat = [
            _folded(part, leading, rank)
            for part, rank in zip([*self._given, values], ranks, strict=True)
        ]
        found = self._layer.unroll(*flat[:-1], **{name: flat[-1]})
        shape = tf.concat([leading, [self._layer.size]], axis=0)
        wanted = static + self._event_shape()
        return [tf.ensure_shape(tf.reshape(one, shape), wanted) for one in found]

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        return self.conditionals(z).log_prob(z)

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        if seed is None or tf.convert_to_tensor(seed).shape != (2,):
            raise ValueError(
                "It is drawn from by a stateless seed of shape (2,), "
                f"received {seed!r}. Pass seed=kfdiv.random.seed(0, 'draw')."
            )
        shape = tf.concat([[n], self._batch_shape_tensor(), self._event_shape_tensor()], axis=0)
        return self.push(random.normal(shape, seed, self.dtype))[0]


@keras.saving.register_keras_serializable(package="kfdiv")
class AutoregressiveNormal(ConditionalDistribution):
    """Normals one after another, `q(z|x) = prod_t N(z_t; loc_t(x, z_<t), scale_t(x, z_<t)^2)`.

    Its mean is that of no closed form: `mean` gives the latents that follow where every step's draw
    is its mean.

    Args:
        network: a built network whose last layer is an `AutoregressiveLayer`, on the network's
            inputs.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if the network has no such layer.

    Example:
        >>> import kfdiv
        >>> network, _ = kfdiv.networks.draw.networks(3, latent_size=2, steps=4, units=8)
        >>> posterior = AutoregressiveNormal(network).distribution(tf.zeros((5, 3)))
        >>> posterior.batch_shape, posterior.event_shape
        (TensorShape([5]), TensorShape([8]))
    """

    def __init__(self, network: keras.Model, **kwargs: Any) -> None:
        super().__init__(network, **kwargs)
        if not isinstance(network.layers[-1], AutoregressiveLayer):
            raise ValueError(
                "AutoregressiveNormal needs a network that ends with an AutoregressiveLayer, "
                f"received one that ends with {network.layers[-1]!r}. Take "
                "kfdiv.networks.draw.networks(...)."
            )

    def call(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the latents of zero noise, `(..., size)`."""
        return self.outputs(inputs, training=training)

    def distribution(self, inputs: Inputs, training: bool | None = None) -> StepwiseNormal:
        """See `ConditionalDistribution.distribution`; `log_prob` goes through the steps again."""
        parts, shapes = self._parts(inputs)
        layer = self.network.layers[-1]
        dtype = density_dtype(layer)
        given = [tf.cast(part, dtype) for part in parts]
        return StepwiseNormal(layer, given, [len(shape) for shape in shapes], dtype)

    def draw(self, distribution: StepwiseNormal, seed: tf.Tensor) -> tf.Tensor:
        """Draw z_t after z_<t, reparameterised."""
        return self.draw_with_conditionals(distribution, seed)[0]

    def draw_with_conditionals(
        self, distribution: StepwiseNormal, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tfd.Distribution]:
        """Draw, and return with z the product of what each step was drawn from."""
        shape = tf.concat(
            [distribution.batch_shape_tensor(), distribution.event_shape_tensor()], axis=0
        )
        return distribution.push(random.normal(shape, seed, distribution.dtype))

    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the latents of zero noise, which stand for the mean."""
        return self(inputs, training=training)


def _product(loc: tf.Tensor, scale: tf.Tensor) -> tfd.Distribution:
    return tfd.Independent(tfd.Normal(loc, scale), reinterpreted_batch_ndims=1)


def _folded(part: tf.Tensor, leading: tf.Tensor, rank: int) -> tf.Tensor:
    """Repeat a part for all leading axes, and make one of them; `rank` axes are an example's."""
    event = part.shape[part.shape.rank - rank :]
    whole = tf.broadcast_to(part, tf.concat([leading, event], axis=0))
    return tf.reshape(whole, [-1, *event])
