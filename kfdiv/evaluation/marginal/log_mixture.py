"""The density of the aggregate posterior: a mixture with a component an example."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kfdiv.evaluation.marginal.posteriors import Posteriors

# Log densities that are held at once.
_CELLS = 2**21
# Nats by which rounding may move a log density.
_TOLERANCE = 1e-2


class LogMixture:
    """Evaluates `log q(z) = log sum_n w_n q(z|x_n)` over the whole data set, in blocks.

    Log densities of diagonal Gaussians are two matrix products, `-1/2 (z - c)^2 s^-2 + (z - c)
    (m - c) s^-2 + const`, c the mean of the locations m; in float64 where float32 would round away
    what the two have in common, that is where `max_n sum_d (m - c)^2 / s^2` is large. Those of
    other posteriors are asked of their distributions.

    Args:
        posteriors: q(z|x_n), which have a density.
        batch_size: examples whose posteriors are evaluated at once. The result does not depend on
            it but by rounding.

    Example:
        >>> import kfdiv
        >>> encoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 1), scale=1.0)
        >>> encoder.network.layers[-1].set_weights([np.ones((1, 1)), np.zeros(1)])
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 1), scale=1.0)
        >>> posteriors = Posteriors(kfdiv.models.VAE(encoder, decoder), np.array([[-1.0], [1.0]]))
        >>> value = LogMixture(posteriors)(tf.zeros((1, 1)))[0]
        >>> round(float(value - (-0.5 * math.log(2 * math.pi) - 0.5)), 5)
        0.0
    """

    def __init__(self, posteriors: Posteriors, batch_size: int = 2048) -> None:
        self._posteriors = posteriors
        # Other distributions hold the latents of every cell.
        per_cell = 1 if posteriors.gaussian else posteriors.size
        self._block = max(1, min(batch_size, len(posteriors), _CELLS // per_cell))
        self._at_once = max(1, _CELLS // (self._block * per_cell))
        if posteriors.gaussian:
            self._center, self._rows, self._constant = _coefficients(posteriors)
        else:
            self._rows, self._constant = posteriors.rows, np.log(posteriors.weight)

    def __call__(self, z: tf.Tensor) -> np.ndarray:
        """Return log q(z) in nats, float64 of shape `(draws,)`, for z of shape `(draws, size)`."""
        features = self._features(z)
        total = np.full(z.shape[0], -np.inf)
        for start in range(0, len(self._rows), self._block):
            block = slice(start, start + self._block)
            log_sum = self._log_sum(tf.constant(self._rows[block]), self._constant[block])
            for first in range(0, len(total), self._at_once):
                part = slice(first, first + self._at_once)
                found = log_sum(features[part]).numpy().astype("float64")
                total[part] = np.logaddexp(total[part], found)
        return total

    def _features(self, z: tf.Tensor) -> tf.Tensor:
        """Return what the log densities are linear in, or z itself."""
        if not self._posteriors.gaussian:
            return z
        moved = tf.cast(z, "float64") - self._center
        return tf.cast(tf.concat([moved**2, moved], axis=1), self._rows.dtype)

    def _log_sum(self, rows: tf.Tensor, constant: np.ndarray) -> Callable[[tf.Tensor], tf.Tensor]:
        """Return a function from some features to the log of the sum over a block, for each."""
        constant = tf.constant(constant)
        if self._posteriors.gaussian:
            return lambda part: _log_sum_of_products(part, rows, constant)
        distribution = self._posteriors.distribution(rows)
        return lambda part: _log_sum(distribution.log_prob(part[:, tf.newaxis]), constant)


def _log_sum(log_densities: tf.Tensor, constant: tf.Tensor) -> tf.Tensor:
    logits = log_densities + tf.cast(constant, log_densities.dtype)
    # Exponentials of float64 cost three times those of float32, and add nothing here.
    return tf.reduce_logsumexp(tf.cast(logits, "float32"), axis=1)


# One graph for all mixtures takes two thirds of the time of single operations; XLA takes more.
@tf.function(autograph=False, reduce_retracing=True)
def _log_sum_of_products(features: tf.Tensor, rows: tf.Tensor, constant: tf.Tensor) -> tf.Tensor:
    return _log_sum(tf.matmul(features, rows, transpose_b=True), constant)


def _coefficients(posteriors: Posteriors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return c, shape `(size,)`; what features are multiplied by, `(N, 2 size)`; what is added."""
    location, scale = np.split(posteriors.rows.astype("float64"), 2, axis=1)
    center = posteriors.weight @ location
    location -= center
    precision = 1 / scale**2
    lengths = np.sum(location**2 * precision, axis=1)
    constant = np.log(posteriors.weight) - np.sum(np.log(scale), axis=1) - 0.5 * lengths
    constant -= 0.5 * posteriors.size * math.log(2 * math.pi)
    rows = np.concatenate([-0.5 * precision, location * precision], axis=1)
    rounding = np.finfo("float32").eps * lengths.max()
    # TensorFloat-32, which GPUs multiply float32 in, has ten bits.
    coarse = rounding > _TOLERANCE or tf.config.list_physical_devices("GPU")
    return center, rows.astype("float64" if coarse else "float32"), constant
