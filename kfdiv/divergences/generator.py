"""A user's generator f, with its derivatives by autodiff, made safe for every log u.

Whatever dtype is asked for, f is evaluated in float64. It is evaluated only where it can be
trusted, which is at most |log u| <= 177: there u to the powers -4 to 4 is representable. Beyond, it
is continued on either side by a `Tail`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kfdiv.divergences.jet import Jet
from kfdiv.divergences.tail import Tail


class Generator:
    """A generator f and its first two derivatives, for any log u.

    Args:
        function: f, elementwise and convex, of TensorFlow or `keras.ops` operations.
        in_log_u: whether f takes log u instead of u.
    """

    def __init__(self, function: Callable[[tf.Tensor], tf.Tensor], in_log_u: bool) -> None:
        self._function = function
        self._in_log_u = in_log_u
        self.above = Tail.fit(self._numbers)
        self.below = Tail.fit(lambda log_u: self._numbers(-log_u).swapped())

    def at(self, log_u: tf.Tensor) -> Jet:
        """Return the jet at `log_u`, a float64 tensor."""
        low, high = -self.below.start, self.above.start
        inside = self._inside(tf.clip_by_value(log_u, low, high))
        inside = inside._replace(
            curvature=_known(inside.curvature, inside.f),
            u_curvature=_known(inside.u_curvature, inside.f),
        )
        below, above = self.below.at(-log_u).swapped(), self.above.at(log_u)
        return Jet(
            *(
                tf.where(log_u > high, right, tf.where(log_u < low, left, middle))
                for left, middle, right in zip(below, inside, above, strict=True)
            )
        )

    def _inside(self, log_u: tf.Tensor) -> Jet:
        """Return the jet by autodiff, where f can be evaluated."""
        u = tf.exp(log_u)
        x = log_u if self._in_log_u else u
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                f = self._function(x)
            first = inner.gradient(f, x, unconnected_gradients="zero")
        second = outer.gradient(first, x, unconnected_gradients="zero")
        if self._in_log_u:
            first, second = first / u, (second - first) / u / u
        return Jet(
            f=f,
            over_u=f / u,
            f_prime=first,
            u_f_prime=u * first,
            remainder=u * first - f,
            remainder_over_u=first - f / u,
            curvature=u * second,
            u_curvature=u * u * second,
        )

    def _numbers(self, log_u: np.ndarray) -> Jet:
        return Jet(*(value.numpy() for value in self._inside(tf.constant(log_u, "float64"))))


def _known(curvature: tf.Tensor, f: tf.Tensor) -> tf.Tensor:
    """Return a curvature, 0 where it is unknown: at a point such as the 1 of |u - 1|**1.5."""
    unknown = tf.math.is_nan(curvature) & tf.math.is_finite(f)
    return tf.where(unknown, tf.zeros_like(curvature), curvature)
