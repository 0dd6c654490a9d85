"""A normal distribution rounded to the levels of 8-bit images: likelihoods in comparable bits."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import random
from kfdiv.arguments import check_count, check_range
from kfdiv.distributions.conditional_distribution import Inputs
from kfdiv.distributions.location_scale import LocationScale

tfd = tfp.distributions

# In standard deviations: in narrower intervals a difference of log cdf loses digits.
_NARROW = 0.1


class DiscretizedNormal(tfd.Distribution):
    """A normal rounded to equally spaced levels, the outermost of which absorb the tails.

    Args:
        loc: mean of the normal.
        scale: its standard deviation, of the same shape.
        low: the lowest level.
        high: the highest.
        levels: their number, at least 2.
    """

    def __init__(
        self, loc: tf.Tensor, scale: tf.Tensor, low: float, high: float, levels: int
    ) -> None:
        parameters = dict(locals())
        self.loc, self.scale = loc, scale
        self.low, self.high = low, high
        self.step = (high - low) / (levels - 1)
        super().__init__(
            dtype=loc.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
        )

    @classmethod
    def _parameter_properties(cls, dtype: Any, num_classes: int | None = None) -> dict[str, Any]:
        properties = tfp.util.ParameterProperties
        return {"loc": properties(), "scale": properties()}

    def _batch_shape(self) -> tf.TensorShape:
        return self.loc.shape

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([], tf.int32)

    def round(self, x: tf.Tensor) -> tf.Tensor:
        """Return the level nearest to each of `x`."""
        level = self.low + self.step * tf.round((x - self.low) / self.step)
        return tf.clip_by_value(level, self.low, self.high)

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        return self.round(tfd.Normal(self.loc, self.scale).sample(n, seed=seed))

    def _log_prob(self, x: tf.Tensor) -> tf.Tensor:
        level = self.round(x)
        center = (level - self.loc) / self.scale
        width = self.step / self.scale
        edge = 0.5 * self.step
        bottom, top = level < self.low + edge, level > self.high - edge
        # Of two outermost levels an element has one.
        outermost = _log_cdf(0.5 * width + tf.where(bottom, center, -center))
        return tf.where(bottom | top, outermost, _log_interval(center, width))


@keras.saving.register_keras_serializable(package="kfdiv")
class QuantizedNormal(LocationScale):
    """Independent rounded normals, `p(x|z) = Phi((x + d/2 - l) / s) - Phi((x - d/2 - l) / s)`.

    l and s are location and scale, d is the distance of two levels; the outermost levels absorb the
    tails. It is a probability, so `-log2` of it is a code length in bits, whatever the value range.

    Args:
        network: a built network.
        scale: as in `LocationScale`, in the units of the data.
        min_scale: as in `LocationScale`.
        levels: number of levels.
        value_range: the lowest level and the highest.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: if there are fewer than two levels or the range is empty, and as
            `LocationScale`.

    Example:
        >>> import keras
        >>> from kfdiv.distributions import QuantizedNormal
        >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> pixels = QuantizedNormal(network, scale=0.1).distribution(tf.zeros((256, 2)))
        >>> levels = tf.reshape(tf.linspace(0.0, 1.0, 256), (256, 1))
        >>> print(round(float(tf.reduce_sum(tf.exp(pixels.log_prob(levels)))), 4))
        1.0
    """

    reparameterized = False

    def __init__(
        self,
        network: keras.Model,
        scale: str | float = "shared",
        min_scale: float = 1e-4,
        levels: int = 256,
        value_range: tuple[float, float] = (0.0, 1.0),
        **kwargs: Any,
    ) -> None:
        super().__init__(network, scale=scale, min_scale=min_scale, **kwargs)
        # For 8-bit images: 256 levels from 0 to 1.
        self.levels = check_count("levels", levels, least=2)
        self.value_range = check_range("value_range", value_range)

    @property
    def support(self) -> tuple[float, float]:
        """The range of the levels."""
        return self.value_range

    def distribution(self, inputs: Inputs, training: bool | None = None) -> tfd.Distribution:
        """See `ConditionalDistribution.distribution`; data is rounded to the nearest level."""
        loc, scale = self(inputs, training=training)
        return self._independent(DiscretizedNormal(loc, scale, *self.value_range, self.levels))

    def draw(self, distribution: tfd.Distribution, seed: tf.Tensor) -> tf.Tensor:
        """Draw levels; no gradient passes through the rounding."""
        rounded = distribution.distribution
        noise = random.normal(tf.shape(rounded.loc), seed, rounded.dtype)
        return rounded.round(rounded.loc + rounded.scale * noise)

    def mean(self, inputs: Inputs, training: bool | None = None) -> tf.Tensor:
        """Return the locations clipped to the range: the mean but for rounding and tails."""
        return tf.clip_by_value(self(inputs, training=training)[0], *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the network serialised."""
        config = {"levels": self.levels, "value_range": self.value_range}
        return {**super().get_config(), **config}


def _log_cdf(x: tf.Tensor) -> tf.Tensor:
    """`log Phi(x)`, by `Phi(-|x|) = exp(-x^2 / 2) erfcx(|x| / sqrt(2)) / 2`.

    TensorFlow Probability's own has three branches of several functions each, and takes six times
    as long.
    """
    distance = tf.abs(x) * math.sqrt(0.5)
    scaled, square = 0.5 * tfp.math.erfcx(distance), tf.square(distance)
    return tf.where(x < 0, tf.math.log(scaled) - square, tf.math.log1p(-scaled * tf.exp(-square)))


def _log_interval(center: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """`log(Phi(center + width / 2) - Phi(center - width / 2))`, in the tails too.

    Wide intervals: a difference of log cdf in the lower tail, to which symmetry brings every
    interval. Narrow
    ones: `int phi = phi(center) * width * sinhc(c) * E[exp(-t^2 / 2)]`, c = center width / 2, t
        tilted uniform.
    """
    distance = tf.abs(center)
    narrow = width < _NARROW
    safe = tf.maximum(width, _NARROW)
    upper, lower = _log_cdf(0.5 * safe - distance), _log_cdf(-0.5 * safe - distance)
    wide = upper + tfp.math.log1mexp(upper - lower)
    half = 0.5 * tf.minimum(width, _NARROW)
    tilt = distance * half
    small = tilt < 0.1
    squared = tf.square(tf.minimum(tilt, 0.1))
    large = tf.maximum(tilt, 0.1)
    # sinh and tanh by one exponential, which is no nearer to one than large allows.
    decay = tf.exp(-2.0 * large)
    log_sinhc = tf.where(
        small,
        squared / 6.0 - tf.square(squared) / 180.0,
        large + tf.math.log((1.0 - decay) / (2.0 * large)),
    )
    # E[(t / half)^2] of the tilted uniform; its variance enters at the next order in `half` only.
    second = tf.where(
        small,
        1.0 / 3.0 + squared * 2.0 / 45.0 - tf.square(squared) * 4.0 / 945.0,
        1.0 - 2.0 * (1.0 + decay) / (large * (1.0 - decay)) + 2.0 / tf.square(large),
    )
    series = (
        -0.5 * tf.square(center)
        - 0.5 * math.log(2.0 * math.pi)
        + tf.math.log(2.0 * half)
        + log_sinhc
        - 0.5 * tf.square(half) * second
    )
    return tf.where(narrow, series, wide)
