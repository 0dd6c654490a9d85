"""What every spread noise p(y|x) promises: a width, draws, convolution, and sums of its kernel."""

from __future__ import annotations

import abc
import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv.arguments import check_flag, check_left_out
from kfdiv.noise.width import Width, cast_width, checked_width
from kfdiv.registry import Registry

tfd = tfp.distributions

registry = Registry("spread noise")

# A width may reach four times the budget's share, or a quarter of it, before the mean is taken out.
_LARGEST_ALLOCATION = math.log(4.0)


class SpreadNoise(keras.layers.Layer, abc.ABC):
    """Additive noise `y = x + width * epsilon` that gives data and model a common support.

    The divergence of the noised distributions is zero only where the clean ones are equal (Zhang et
    al. 2019, section 2.1), so deterministic decoders can be fitted by any f-divergence.

    Args:
        width: the noise's scale in the units of the data: a positive number, or a Keras
            learning-rate schedule of the training step such as `kfdiv.noise.Annealed`.
        learned: whether each dimension learns its own share of the width,
            `log width_d = log width + b_d - mean(b)`, `b = log(4) tanh(a)`, with trainable `a`,
            initially 0. The geometric mean stays `width` and no two widths differ by more than 16
            times: a learned noise spends a fixed budget, and vanishes in no dimension. Learn it by
            *maximising* the divergence that the model minimises (Zhang et al.
            2020, "Spread divergence"): minimising it would hide the model's faults behind noise.
        event_shape: shape of one example, of a learned noise alone, which needs it.
        **kwargs: passed to `keras.layers.Layer`.

    Raises:
        ValueError: if the width is not positive, a learned noise lacks its event shape, or another
            is given one.
        TypeError: if the width is neither a number nor a schedule.
    """

    def __init__(
        self,
        width: Width = 0.5,
        learned: bool = False,
        event_shape: tuple[int, ...] | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self._base_width = checked_width(type(self).__name__, width)
        self.learned = check_flag("learned", learned)
        self.event_shape = None if event_shape is None else tuple(int(n) for n in event_shape)
        if self.learned and self.event_shape is None:
            raise ValueError(
                f"{type(self).__name__}(learned=True) received event_shape=None. It learns one "
                "width a dimension, so it must know them: pass event_shape=(28, 28, 1), say."
            )
        if not self.learned:
            reason = "only a noise with learned=True has a width a dimension"
            check_left_out("event_shape", self.event_shape, reason)
        self._allocation = (
            self.add_weight(shape=self.event_shape, initializer="zeros", name="allocation")
            if self.learned
            else None
        )
        # Nothing depends on an input, and models hold a noise without ever calling it.
        self.build()

    def build(self, input_shape: object = None) -> None:
        """Do nothing: the weights exist since construction."""

    def width(self, step: int | tf.Tensor = 0) -> tf.Tensor:
        """Width at a training step, `width(step) * exp(b - mean(b))`, `b = log(4) tanh(a)`.

        Args:
            step: integer scalar; only a schedule looks at it.

        Returns:
            A float tensor: a scalar, or of `event_shape` if learned.
        """
        base = self._base_width
        if isinstance(base, keras.optimizers.schedules.LearningRateSchedule):
            base = base(step)
        base = cast_width(base, self.variable_dtype)
        if self._allocation is None:
            return base
        allocation = _LARGEST_ALLOCATION * tf.tanh(tf.convert_to_tensor(self._allocation))
        return base * tf.exp(allocation - tf.reduce_mean(allocation))

    def draw(self, x: tf.Tensor, seed: tf.Tensor, width: float | tf.Tensor) -> tf.Tensor:
        """Noised examples `y = x + width * epsilon`, differentiable in `x` and `width`.

        Args:
            x: float tensor `(batch, ...)`.
            seed: int32 tensor of shape `(2,)`, from `kfdiv.random.seed`.
            width: what `width(step)` returned.

        Returns:
            A tensor like `x`.
        """
        x = tf.convert_to_tensor(x)
        return x + cast_width(width, x.dtype) * self._standard(tf.shape(x), seed, x.dtype)

    def convolve(
        self, distribution: tfd.Distribution, width: float | tf.Tensor
    ) -> tfd.Distribution:
        """Density of the noised draw, `p(y|z) = int p(y|x) p(x|z) dx`, in closed form.

        Args:
            distribution: the clean p(x|z), bare or inside `tfd.Independent`.
            width: what `width(step)` returned.

        Returns:
            A distribution with the same batch and event shapes.

        Raises:
            ValueError: if this noise has no closed form with that distribution; the message names
                what has.
        """
        if isinstance(distribution, tfd.Independent):
            return tfd.Independent(
                self.convolve(distribution.distribution, width),
                reinterpreted_batch_ndims=distribution.reinterpreted_batch_ndims,
            )
        noised = self._convolve(distribution, cast_width(width, distribution.dtype))
        if noised is None:
            raise ValueError(
                f"{type(self).__name__} noise has no closed-form convolution with "
                f"{type(distribution).__name__} ({distribution}). Works: {self.convolvable}. "
                "Change the decoder or the noise, or pass noise=None for a decoder with a density "
                "of its own."
            )
        return noised

    def log_kernel(self, y: tf.Tensor, x: tf.Tensor, width: float | tf.Tensor) -> tf.Tensor:
        """Log density `log p(y|x)` in nats, summed over the last axis; `y` and `x` broadcast.

        Args:
            y: float tensor `(..., dimension)`.
            x: float tensor `(..., dimension)`.
            width: scalar or `(dimension,)`.

        Returns:
            A tensor of the broadcast leading shape.
        """
        width = cast_width(width, y.dtype)
        return tf.reduce_sum(self._distribution(x, width).log_prob(y), axis=-1)

    def get_config(self) -> dict[str, object]:
        """Return the constructor's arguments."""
        base = self._base_width
        if not isinstance(base, float):
            base = keras.saving.serialize_keras_object(base)
        config = {"width": base, "learned": self.learned, "event_shape": self.event_shape}
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> SpreadNoise:
        """Rebuild the noise that `get_config` described."""
        width = keras.saving.deserialize_keras_object(config["width"])
        return cls(**{**config, "width": width})

    # What a mixture of kernels, sum_n p(y|x_n), is made of. All tensors are flat: y is (batch,
    # dimension), x is (points, dimension) shared by the batch or (batch, points, dimension),
    # squares is sum(x ** 2) over the last axis, width is a scalar or (dimension,). Only `Empirical`
    # calls these.

    @abc.abstractmethod
    def pairwise(
        self, y: tf.Tensor, x: tf.Tensor, squares: tf.Tensor, width: tf.Tensor
    ) -> tf.Tensor:
        """`log p(y|x_n) - offset(y)` of every pair, `(batch, points)`."""

    @abc.abstractmethod
    def offset(self, y: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
        """The part of `log p(y|x)` free of `x`, `(batch,)` or a scalar."""

    @abc.abstractmethod
    def moments(
        self,
        weights: tf.Tensor,
        y: tf.Tensor,
        x: tf.Tensor,
        squares: tf.Tensor,
        width: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Sums over points, linear in `weights` `(batch, points)`, that the gradients need."""

    @abc.abstractmethod
    def gradients(
        self, y: tf.Tensor, moments: tuple[tf.Tensor, tf.Tensor], width: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Gradients of `log sum_n p(y|x_n)` in `y` and in `width` from moments under p(n|y).

        Returns:
            The score `(batch, dimension)`, and `(batch,)` or, for a width a dimension, `(batch,
            dimension)`.
        """

    convolvable: str  # what `_convolve` knows, in words

    @abc.abstractmethod
    def _standard(self, shape: tf.Tensor, seed: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        """Draw epsilon."""

    @abc.abstractmethod
    def _distribution(self, loc: tf.Tensor, width: tf.Tensor) -> tfd.Distribution:
        """The elementwise p(y|x = loc)."""

    @abc.abstractmethod
    def _convolve(
        self, distribution: tfd.Distribution, width: tf.Tensor
    ) -> tfd.Distribution | None:
        """Convolve with an elementwise distribution, or None if there is no closed form."""
