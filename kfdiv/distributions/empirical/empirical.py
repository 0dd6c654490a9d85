"""The spread data distribution p^(y): data convolved with noise, with its score as the gradient."""

from __future__ import annotations

import math
import numbers
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from kfdiv import noise as noise_lib
from kfdiv.arguments import check_number
from kfdiv.distributions.empirical import chunks, estimator
from kfdiv.distributions.empirical.points import Points
from kfdiv.distributions.empirical.score import with_gradients
from kfdiv.noise.width import cast_width


class Empirical:
    """Mixture of N noise kernels on the data, `p^(y) = sum_n w_n p(y|x_n) / sum_n w_n`.

    The weights w are one each where none are given.

    It is no layer: the data lie on the device beside the model and enter no checkpoint
    (Zhang et al. 2019, section 2.1).

    Args:
        data: float array `(N, ...)`, or a data set as `from_dataset` reads it.
        noise: a `SpreadNoise`, or what `kfdiv.noise.get` makes one of.
        mode: "exact" (all N in blocks), "pca" (the paper's estimator: fast, biased) or "index" (for
            very large N: random, unbiased in p^).
        sample_weight: how often each point of an array counts, numbers `(N,)`, 0 or more; a data
            set of `(x, y, w)` brings its own.
        dtype: "float32", or "float64" to verify; by default Keras's.
        **options: of the mode. exact: block_size, shared; pca: components, neighbors, temperature,
            equation_35; index: near, rest, search, components. See those classes.

    Raises:
        ValueError: if the data is empty, not finite or not batched, the mode or an option is
            unknown, noise is None, or the weights are not what they should be.
        TypeError: if the data is not floating point.

    Example:
        >>> from kfdiv.distributions import Empirical
        >>> data = Empirical(np.array([[-1.0], [1.0]]), noise=0.5)
        >>> data.log_prob(tf.constant([[0.0]]), width=0.5).numpy().round(4)
        array([-2.2258], dtype=float32)
    """

    uses_batch: ClassVar[bool] = False
    """As of `DataDensity`, in whose place it may stand."""

    def __init__(
        self,
        data: np.ndarray | tf.Tensor | tf.data.Dataset,
        noise: noise_lib.SpreadNoise | float | str,
        mode: str = "exact",
        *,
        sample_weight: np.ndarray | None = None,
        dtype: str | None = None,
        **options: Any,
    ) -> None:
        self.noise = noise_lib.get(noise)
        if self.noise is None:
            raise ValueError(
                "Empirical received noise=None: without spread noise a data set has no density. "
                "Pass a width, such as noise=0.5."
            )
        self.mode = mode
        self._estimator = estimator.make(mode, options)
        wide = (keras.config.floatx(), keras.config.dtype_policy().variable_dtype)
        dtype = dtype or ("float64" if "float64" in wide else "float32")
        devices = self._estimator.devices
        if not isinstance(data, tf.data.Dataset):
            data = np.asarray(data)
            chunk = data if sample_weight is None else (data, np.asarray(sample_weight))
            self._points = Points([chunk], dtype, devices)
        elif sample_weight is None:
            self._points = Points(chunks.of_dataset(data), dtype, devices)
        else:
            raise ValueError(
                "Empirical received sample_weight beside a tf.data.Dataset. Let the data set yield "
                "(x, y, w)."
            )
        self._estimator.fit(self._points, self.noise)

    @classmethod
    def from_dataset(
        cls,
        dataset: tf.data.Dataset,
        noise: noise_lib.SpreadNoise | float | str,
        mode: str = "exact",
        **options: Any,
    ) -> Empirical:
        """Meet a finite batched data set in one pass; otherwise as the class.

        Its batches are `x`, `(x, y)` or `(x, y, w)`.

        A progress bar appears if that takes more than some seconds.

        Example:
            >>> from kfdiv.distributions import Empirical
            >>> batches = tf.data.Dataset.from_tensor_slices(tf.zeros((10, 2))).batch(4)
            >>> Empirical.from_dataset(batches, noise=0.5).num_points
            10
        """
        return cls(dataset, noise, mode, **options)

    @property
    def num_points(self) -> int:
        """N, without points of weight zero."""
        return self._points.size

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self._points.event_shape

    @property
    def xla_compatible(self) -> bool:
        """Whether `log_prob` compiles under XLA; a search by faiss does not."""
        return self._estimator.xla_compatible

    @property
    def numbers_read(self) -> int:
        """How many numbers of the data `log_prob` goes through: N D if it takes every point."""
        return self._estimator.numbers_read

    def log_prob(
        self,
        y: tf.Tensor,
        width: float | tf.Tensor,
        *,
        seed: tf.Tensor | None = None,
        location: tf.Tensor | None = None,
        differentiable: bool = True,
    ) -> tf.Tensor:
        """Log density `log p^(y)` in nats; its gradient is `sum_n p(n|y) (x_n - y) / width^2`.

        That score (the formula is the Gaussian's) and the gradient in the width come out of the
        same pass as the value. Second derivatives are not defined.

        Args:
            y: float tensor `(..., *event_shape)`.
            width: the noise's `width(step)`: a scalar, or of `event_shape` for a learned noise.
            seed: int32 tensor of shape `(2,)`; modes "pca" and "index" need it.
            location: what `y` was before the noise, like `y`; mode "pca" with a temperature looks
                at it.
            differentiable: False skips half the work where no gradient is wanted; the result has
                none.

        Returns:
            A tensor of the leading shape of `y`.

        Raises:
            ValueError: if shapes do not fit, the width is not positive, or a seed is missing.

        Example:
            >>> from kfdiv.distributions import Empirical
            >>> y = tf.constant([[0.5]])
            >>> with tf.GradientTape() as tape:
            ...     tape.watch(y)
            ...     value = Empirical(np.array([[2.0]]), noise=1.0).log_prob(y, 1.0)
            >>> tape.gradient(value, y).numpy()
            array([[1.5]], dtype=float32)
        """
        y = tf.convert_to_tensor(y)
        static = y.shape[: y.shape.rank - len(self.event_shape)]
        leading = tf.shape(y)[: static.rank]
        y = self._flat(y, "y")
        location = None if location is None else tf.stop_gradient(self._flat(location, "location"))
        width = self._flat_width(width, y.dtype)
        if differentiable:
            value = with_gradients(
                lambda y, width: self._value(y, width, seed, location, True), self.noise, y, width
            )
        else:
            value, _ = self._value(*map(tf.stop_gradient, (y, width)), seed, location, False)
            value = tf.stop_gradient(value)
        return tf.ensure_shape(tf.reshape(value, leading), static)

    def _value(
        self,
        y: tf.Tensor,
        width: tf.Tensor,
        seed: tf.Tensor | None,
        location: tf.Tensor | None,
        with_moments: bool,
    ) -> tuple[tf.Tensor, estimator.Moments | None]:
        log_sum, moments = self._estimator.mixture(
            y, width, seed=seed, location=location, with_moments=with_moments
        )
        return self.noise.offset(y, width) + log_sum - math.log(self.num_points), moments

    def _flat(self, tensor: tf.Tensor, name: str) -> tf.Tensor:
        """Flatten `(..., *event_shape)` to `(batch, D)`, centred like the data."""
        tensor = tf.convert_to_tensor(tensor)
        rank = len(self.event_shape)
        if tensor.shape.rank <= rank or not tensor.shape[-rank:].is_compatible_with(
            self.event_shape
        ):
            raise ValueError(
                f"log_prob received {name} of shape {tensor.shape}, expected (..., "
                f"{', '.join(map(str, self.event_shape))}), examples like the data. Reshape it, or "
                "fit the density to the other data."
            )
        flat = tf.reshape(tensor, [-1, self._points.dimension])
        return tf.cast(flat, self._points.mean.dtype) - self._points.mean

    def _flat_width(self, width: float | tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        """Check the width and give it as a scalar or as `(D,)`."""
        if isinstance(width, numbers.Real):
            check_number("width", width, above=0, expected="a positive width")
        width = cast_width(width, dtype)
        if width.shape.rank == 0:
            return width
        if width.shape != self.event_shape:
            raise ValueError(
                f"log_prob received a width of shape {width.shape}, expected a scalar or "
                f"{self.event_shape}."
            )
        if self.mode == "pca":
            raise ValueError("Empirical(mode='pca') needs a scalar width; use mode='exact'.")
        return tf.reshape(width, [-1])
