"""A mixture of diagonal Gaussians that trains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, final

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.flows.bijection import as_batch
from kfdiv.flows.density import Density
from kfdiv.networks.shapes import as_shape, as_size

tfd = tfp.distributions


@final
@keras.saving.register_keras_serializable(package="kfdiv")
class DiagonalMixture(Density):
    """`p(x) = sum_k pi_k N(x; m_k, diag(s_k^2))`, weights, means and scales learned.

    The means start at draws of N(0, I), or, by `adapt`, at examples of the data. Where the mixture
    is known, `kfdiv.distributions.GaussianMixture` is its density.

    Args:
        event_shape: shape of one example; an integer means a vector.
        components: K.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if a size is not a positive integer.

    Example:
        >>> mixture = DiagonalMixture(2, components=3)
        >>> mixture.adapt([[0.0, 0.0], [4.0, 0.0], [0.0, 2.0], [4.0, 2.0]])
        >>> mixture.log_prob(mixture.sample(5)).shape
        TensorShape([5])

    Source: Rosca et al. 2018, appendix A.4, with 10, 50 and 100 components.
    """

    def __init__(
        self, event_shape: int | Sequence[int], components: int = 10, **kwargs: Any
    ) -> None:
        # What is cast, `log_prob` casts: it is called without the layer too.
        super().__init__(as_shape(event_shape, "event_shape"), **kwargs, autocast=False)
        self.components = as_size(components, "components")
        self.size = math.prod(self.event_shape)
        shape = (self.components, self.size)
        options = {"dtype": density_dtype(self), "autocast": False}
        start = keras.initializers.RandomNormal(stddev=1.0)
        self.means = self.add_weight(shape, initializer=start, name="means", **options)
        options["initializer"] = "zeros"
        self.log_scales = self.add_weight(shape, name="log_scales", **options)
        self.logits = self.add_weight((self.components,), name="logits", **options)

    def log_prob(self, x: Any, training: bool | None = None) -> tf.Tensor:
        """See `Density.log_prob`; `training` makes no difference.

        Raises:
            ValueError: if x does not have shape `(batch, *event_shape)`.
        """
        x = as_batch(x, self.event_shape, density_dtype(self), self.name)
        scales = tf.exp(self.log_scales.value)
        mixture = tfd.MixtureSameFamily(
            tfd.Categorical(logits=self.logits.value),
            tfd.Independent(tfd.Normal(self.means.value, scales), 1),
        )
        return mixture.log_prob(tf.reshape(x, [-1, self.size]))

    def sample(self, num_samples: int | tf.Tensor, seed: int | tf.Tensor = 0) -> tf.Tensor:
        """Draw from the density; gradients reach means and scales, and no weights of components.

        Args:
            num_samples: how many.
            seed: an integer, or an int32 tensor of shape `(2,)` from `kfdiv.random.seed`.

        Returns:
            A float tensor of shape `(num_samples, *event_shape)`.
        """
        if tf.convert_to_tensor(seed).shape.rank == 0:
            seed = random.fold(random.seed(0, "mixture"), seed)
        logits = tf.repeat(self.logits.value[tf.newaxis], num_samples, axis=0)
        component = random.categorical(logits, random.fold(seed, 0))
        shape = tf.stack([num_samples, self.size])
        noise = random.normal(shape, random.fold(seed, 1), density_dtype(self))
        means, log_scales = self.means.value, self.log_scales.value
        x = tf.gather(means, component) + tf.exp(tf.gather(log_scales, component)) * noise
        return tf.reshape(x, [-1, *self.event_shape])

    @property
    def adapted(self) -> bool:
        """Whether scales or weights are other than at the start."""
        return bool(np.any(self.log_scales) or np.any(self.logits))

    def adapt(self, data: Any) -> None:
        """Start the means at examples spread over the data, all scales at a share of the data's.

        The share is Scott's for K points, `K^(-1 / (size + 4))`. A coordinate that never varies has
        no scale: it keeps scale 1.

        Args:
            data: an array of shape `(num, *event_shape)`, or a finite `tf.data.Dataset` of batches
                x, (x, y) or (x, y, w), w weights, which is read once. Examples of weight zero are
                left out.

        Raises:
            ValueError: if there are no examples, their shape is another, or a value is not finite.
        """
        parts = [
            (np.asarray(x), np.ones(len(x)) if weight is None else np.asarray(weight, "float64"))
            for x, weight in self.vectors(data)
        ]
        x, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
        x, weight = x[weight > 0].astype("float64"), weight[weight > 0]
        if not len(x):
            raise ValueError(f"{self.name} received no examples to adapt to; expected at least 1.")
        if not np.isfinite(x).all():
            raise ValueError(
                f"{self.name} cannot adapt to data with values that are NaN or infinite; remove "
                "them."
            )
        mean = np.average(x, axis=0, weights=weight)
        variance = np.average((x - mean) ** 2, axis=0, weights=weight)
        share = self.components ** (-1 / (self.size + 4))
        scale = np.where(variance > 0, share * np.sqrt(variance), 1.0)
        # Evenly spread over the sum of weights, in the order of the data.
        places = (np.arange(self.components) + 0.5) / self.components * weight.sum()
        rows = np.searchsorted(np.cumsum(weight), places)
        self.means.assign(x[np.minimum(rows, len(x) - 1)])
        self.log_scales.assign(np.broadcast_to(np.log(scale), self.log_scales.shape))
        self.logits.assign(np.zeros(self.components))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "event_shape": list(self.event_shape),
            "components": self.components,
        }
