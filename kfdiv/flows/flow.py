"""A normalised density: noise pushed through a chain of bijections."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any, final

import keras
import tensorflow as tf

from kfdiv import random
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.flows.affine import Affine
from kfdiv.flows.bijection import Bijection, as_batch
from kfdiv.flows.density import Density
from kfdiv.networks.shapes import as_shape


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class Flow(Density):
    """`x = g_K(... g_1(z))`, z ~ N(0, I): `log p(x) = log N(z; 0, I) + sum_k log |det dg_k^-1|`.

    `kfdiv.flows.real_nvp` and `kfdiv.flows.maf` make the usual ones. Examples of more than one axis
    are flattened for the bijections.

    Args:
        event_shape: shape of one example; an integer means a vector.
        bijections: g_1 (next to the noise) to g_K (next to the data), of one size.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if there are no bijections, or their sizes are not that of an example.

    Example:
        A diagonal Gaussian, fitted:

        >>> from kfdiv import random
        >>> gaussian = Flow(2, [Affine(2)])
        >>> gaussian.adapt(1.0 + 3.0 * random.normal((5000, 2), random.seed(0, "doc")))
        >>> bool(abs(gaussian.log_prob([[1.0, 1.0]])[0] + math.log(2 * math.pi * 9)) < 0.1)
        True
        >>> gaussian.sample(3, seed=0).shape
        TensorShape([3, 2])
    """

    def __init__(
        self, event_shape: int | Sequence[int], bijections: Sequence[Bijection], **kwargs: Any
    ) -> None:
        # What is cast, `log_prob` casts: it is called without the layer too.
        super().__init__(as_shape(event_shape, "event_shape"), **kwargs, autocast=False)
        self.size = math.prod(self.event_shape)
        sizes = [bijection.size for bijection in bijections]
        if not sizes or set(sizes) != {self.size}:
            raise ValueError(
                f"An example of shape {self.event_shape} has {self.size} coordinates, and a flow "
                f"needs one bijection or more of that size, but got sizes {sizes}."
            )
        self.bijections = list(bijections)

    def log_prob(self, x: Any, training: bool | None = None) -> tf.Tensor:
        """See `Density.log_prob`; `training` makes no difference.

        Raises:
            ValueError: if x does not have shape `(batch, *event_shape)`.
        """
        z, log_det = self.inverse(x)
        log_normalizer = 0.5 * self.size * math.log(2 * math.pi)
        return log_det - 0.5 * tf.reduce_sum(tf.square(z), axis=1) - log_normalizer

    def sample(self, num_samples: int | tf.Tensor, seed: int | tf.Tensor = 0) -> tf.Tensor:
        """Draw from the density, reparameterised: gradients reach the weights.

        Args:
            num_samples: how many.
            seed: an integer, or an int32 tensor of shape `(2,)` from `kfdiv.random.seed`.

        Returns:
            A float tensor of shape `(num_samples, *event_shape)`.
        """
        if tf.convert_to_tensor(seed).shape.rank == 0:
            seed = random.fold(random.seed(0, "flow"), seed)
        noise = random.normal(tf.stack([num_samples, self.size]), seed, density_dtype(self))
        return self.forward(noise)

    def forward(self, z: Any) -> tf.Tensor:
        """Turn noise of shape `(batch, size)` into data of shape `(batch, *event_shape)`."""
        for bijection in self.bijections:
            z = bijection.forward(z)
        return tf.reshape(z, [-1, *self.event_shape])

    def inverse(self, x: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Turn data into noise.

        Args:
            x: shape `(batch, *event_shape)`.

        Returns:
            The noise, shape `(batch, size)`, and `log |det dz/dx|` in nats, shape `(batch,)`.

        Raises:
            ValueError: if x has another shape.
        """
        z = as_batch(x, self.event_shape, density_dtype(self), self.name)
        z = tf.reshape(z, [-1, self.size])
        log_det = tf.zeros_like(z[:, 0])
        for bijection in reversed(self.bijections):
            z, change = bijection.inverse(z)
            log_det += change
        return z, log_det

    @property
    def adapted(self) -> bool:
        """Whether the last bijection is other than an `Affine` that has not moved yet."""
        affine = self.bijections[-1]
        return not (isinstance(affine, Affine) and affine.is_identity())

    def adapt(self, data: Any) -> None:
        """Give the last bijection, an `Affine`, the mean and scale of the data.

        A flow starts near N(0, I); before training on data that are not of that size, adapt it.

        Args:
            data: an array of shape `(num, *event_shape)`, or a finite `tf.data.Dataset` of batches
                x, (x, y) or (x, y, w), w
                weights, which is read once.

        Raises:
            ValueError: if the last bijection is not an `Affine`, or the data do not fit.
        """
        affine = self.bijections[-1]
        if not isinstance(affine, Affine):
            raise ValueError(
                f"adapt sets the last bijection's shift and scale, and {type(affine).__name__} has "
                "none of its own. End the chain with kfdiv.flows.Affine(size)."
            )
        affine.adapt(self.vectors(data))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the bijections serialised."""
        bijections = [keras.saving.serialize_keras_object(step) for step in self.bijections]
        return {
            **super().get_config(),
            "event_shape": list(self.event_shape),
            "bijections": bijections,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Flow:
        """Rebuild the flow and its bijections."""
        bijections = copy.deepcopy(config["bijections"])
        bijections = [keras.saving.deserialize_keras_object(step) for step in bijections]
        return cls(**{**config, "bijections": bijections})
