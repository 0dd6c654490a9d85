"""The aggregate posterior q(z) of a data set: what is drawn from it, and from what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.data import examples
from kfdiv.data.elements import given_parts
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.evaluation.averaged import averaged
from kfdiv.evaluation.estimate import Estimate
from kfdiv.models import GenerativeModel, inference

tfd = tfp.distributions

# Draws that are made with one seed: as many numbers at most, and as many draws.
_NUMBERS, _DRAWS = 2**22, 2**14


class Draws(NamedTuple):
    """Independent draws z ~ q(z), each of an example x of its own.

    Attributes:
        z: shape `(draws, size)`.
        log_prior: log p(z), nats, shape `(draws,)`.
        log_posterior: log q(z|x), likewise, or None where the encoder has no density.
    """

    z: tf.Tensor
    log_prior: tf.Tensor
    log_posterior: tf.Tensor | None


class Posteriors:
    """`q(z) = sum_n w_n q(z|x_n)`, w the weights of the data, whose sum is one.

    Of diagonal Gaussians, which most encoders make, locations and scales are kept and the data are
    not; of other encoders the data are, and go through the encoder again whenever they are needed.

    Args:
        model: with an encoder, and not conditional.
        data: whatever `fit` takes as x, or a tuple of arrays `(x, y)` or `(x, y, w)`.

    Raises:
        ValueError: if the data do not fit the model.

    Example:
        >>> import kfdiv
        >>> decoder = kfdiv.distributions.Normal(kfdiv.networks.mlp(1, [], 3), scale=1.0)
        >>> model = kfdiv.models.VAE(kfdiv.networks.mlp(3, [], 2), decoder)
        >>> posteriors = Posteriors(model, np.zeros((5, 3)))
        >>> posteriors.gaussian, posteriors.rows.shape
        (True, (5, 2))
    """

    def __init__(self, model: GenerativeModel, data: Any) -> None:
        x, y, weight = given_parts(data)
        found = examples.read(
            x,
            y,
            weight,
            event_shape=model.event_shape,
            value_range=model.known_pixel_range(),
            name="data",
        ).counted()
        self.encoder = model.encoder
        self.prior = model.prior
        self.size = model.prior.size
        self.weight = np.full(len(found), 1.0) if found.weight is None else found.weight
        self.weight = self.weight / self.weight.sum()
        self.rows = found.x.astype(density_dtype(model))
        self.gaussian = False
        with averaged(model):
            self._encode()

    def _encode(self) -> None:
        """Keep locations and scales alone, where they are all that there is to a posterior."""
        if self.encoder.has_density and _is_diagonal_gaussian(self.distribution(self.rows[:1])):
            found = [self.distribution(part) for part in self._parts(self.rows)]
            columns = [tf.concat([one.mean(), one.stddev()], axis=-1) for one in found]
            self.rows, self.gaussian = np.concatenate(columns), True

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_density(self) -> bool:
        """Whether q(z|x) has a density."""
        return self.encoder.has_density

    @property
    def entropy(self) -> float:
        """`-sum_n w_n log w_n` in nats: log N where all N examples count alike."""
        return float(-np.sum(self.weight * np.log(self.weight)))

    def distribution(self, rows: tf.Tensor) -> tfd.Distribution:
        """Return q(z|x) of each of some rows: of locations and scales, or of examples."""
        if not self.gaussian:
            return self.encoder.distribution(tf.convert_to_tensor(rows), training=False)
        location, scale = tf.split(rows, 2, axis=-1)
        return tfd.Independent(tfd.Normal(location, scale), 1)

    def draw(self, distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Draw one z of each of what `distribution` returned."""
        if not self.gaussian:
            return self.encoder.draw(distribution, seed)
        normal = distribution.distribution
        return normal.loc + normal.scale * random.normal(tf.shape(normal.loc), seed, normal.dtype)

    def draws(self, num: int, seed: int, tag: str) -> Iterator[Draws]:
        """Draw z ~ q(z): examples by their weights, with replacement, and a z of each.

        Args:
            num: how many in all; they come some at a time.
            seed: integer.
            tag: what they are for; other tags give independent draws.
        """
        at_once = max(1, min(_DRAWS, _NUMBERS // self.size))
        prior = self.prior.distribution()
        for block, start in enumerate(range(0, num, at_once)):
            base = random.seed(seed, tag, block)
            rows = self._choose(min(at_once, num - start), random.fold(base, 0))
            parts = []
            for index, part in enumerate(self._parts(self.rows[rows])):
                distribution = self.distribution(part)
                z = self.draw(distribution, random.fold(base, 1 + index))
                own = self._log_posterior(part, distribution, z) if self.has_density else z[:, 0]
                parts.append((z, prior.log_prob(z), own))
            z, log_prior, own = (tf.concat(part, axis=0) for part in zip(*parts, strict=True))
            yield Draws(z, log_prior, own if self.has_density else None)

    def average_kl(self) -> Estimate | None:
        """Return `sum_n w_n KL(q(z|x_n) || p(z))` in closed form, or None where there is none."""
        prior, found = self.prior.distribution(), []
        if not self.has_density:
            return None
        try:
            for part in self._parts(self.rows):
                found.append(np.asarray(self.distribution(part).kl_divergence(prior), "float64"))
        except NotImplementedError:
            return None
        return Estimate(float(np.sum(self.weight * np.concatenate(found))), 0.0)

    def _log_posterior(
        self, rows: np.ndarray, distribution: tfd.Distribution, z: tf.Tensor
    ) -> tf.Tensor:
        """Return log q(z|x) of each row and its z."""
        if not self.gaussian:
            return distribution.log_prob(z)
        # Its formula, z / s - m / s, cancels: in float32 a narrow posterior's would be noise.
        return self.distribution(rows.astype("float64")).log_prob(tf.cast(z, "float64"))

    def _choose(self, num: int, seed: tf.Tensor) -> np.ndarray:
        """Draw `num` rows by their weights."""
        coarse, fine = random.uniform((2, num), seed, "float64").numpy()
        # 23 bits are few beside a million examples.
        u = coarse + (fine - 0.5) / 2**23
        return np.minimum(np.searchsorted(np.cumsum(self.weight), u), len(self) - 1)

    def _parts(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """Cut rows into what goes through an encoder at once."""
        for start in range(0, len(rows), inference.BATCH_SIZE):
            yield rows[start : start + inference.BATCH_SIZE]


def _is_diagonal_gaussian(distribution: tfd.Distribution) -> bool:
    """Say whether mean and standard deviation are all that there is to a distribution."""
    if isinstance(distribution, tfd.Independent):
        return isinstance(distribution.distribution, tfd.Normal)
    return isinstance(distribution, tfd.MultivariateNormalDiag)
