"""The Legendre transform f*(t) = sup_u t u - f(u) of a generator known by its derivatives only.

The supremum is where f'(u) = t. It is found over log u, in which f' is increasing with slope u
f''(u), by Newton steps safeguarded by bisection, so that kinks, plateaus and values of u of any
magnitude are all right.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from kfdiv.divergences.stable import Function

_BOUND = 1e4
"""The supremum is sought over |log u| <= 1e4."""
_MAX_ITERATIONS = 150
"""Bisection alone takes 67 steps to float64 rounding; Newton cuts them to about 15."""


def conjugate(
    f_prime: Function, curvature: Function, conjugate_of_f_prime: Function, t: tf.Tensor
) -> tf.Tensor:
    """Compute f*(t) = sup_u t u - f(u), whose derivative is u* (envelope theorem).

    Args:
        f_prime: f'(u) as a function of log u, elementwise and increasing.
        curvature: u f''(u) as a function of log u, elementwise.
        conjugate_of_f_prime: u f'(u) - f(u) as a function of log u, elementwise.
        t: float tensor of any shape.

    Returns:
        A tensor like `t`, twice differentiable: +inf where t is above f'(e^1e4), -f(0) where it is
        below f'(0).

    Example:
        >>> from kfdiv.divergences import legendre
        >>> t = tf.constant([-1.0, 0.0, 1.0])  # f(u) = u log u - u + 1: f*(t) = e^t - 1
        >>> values = legendre.conjugate(tf.identity, tf.ones_like, tf.math.expm1, t)
        >>> values.numpy().round(3)
        array([-0.632,  0.   ,  1.718], dtype=float32)
    """
    t = tf.convert_to_tensor(t)
    if t.dtype.size < 4:  # Half precisions resolve neither the bracket nor the slope.
        wide = conjugate(f_prime, curvature, conjugate_of_f_prime, tf.cast(t, "float32"))
        return tf.cast(wide, t.dtype)

    @tf.custom_gradient
    def maximiser(t: tf.Tensor) -> tuple[tf.Tensor, Function]:
        # Cut off, or second derivatives would be sought through the iteration.
        log_u = _solve(f_prime, curvature, tf.stop_gradient(t))
        return log_u, lambda upstream: tf.math.divide_no_nan(upstream, curvature(log_u))

    @tf.custom_gradient
    def supremum(t: tf.Tensor, log_u: tf.Tensor) -> tuple[tf.Tensor, Function]:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return upstream * tf.exp(log_u), tf.zeros_like(log_u)

        # t u - f(u) = [u f'(u) - f(u)] + u [t - f'(u)]: the bracket on the right is rounding where
        # f is smooth, but all that counts at a kink, where f' jumps over t. It is left out where u
        # is too large to multiply, and where either bracket has overflowed.
        limit = tf.constant(0.5 * np.log(t.dtype.max), t.dtype)
        gap, main = t - f_prime(log_u), conjugate_of_f_prime(log_u)
        remainder = tf.exp(tf.minimum(log_u, limit)) * gap
        counts = (log_u < limit) & ~tf.math.is_inf(gap) & ~tf.math.is_inf(main)
        value = main + tf.where(counts, remainder, tf.zeros_like(remainder))
        top = f_prime(tf.constant(_BOUND, t.dtype))
        return tf.where(t > top, tf.constant(np.inf, t.dtype), value), gradient

    finite = tf.clip_by_value(t, t.dtype.min, t.dtype.max)
    value = supremum(finite, maximiser(finite))
    lowest = conjugate_of_f_prime(tf.constant(-_BOUND, t.dtype))
    value = tf.where(tf.equal(t, -np.inf), tf.stop_gradient(lowest), value)
    return tf.where(tf.equal(t, np.inf), tf.constant(np.inf, t.dtype), value)


def _solve(f_prime: Function, curvature: Function, t: tf.Tensor) -> tf.Tensor:
    """Solve f'(u) = t for log u, elementwise."""
    rounding = 4.0 * np.finfo(t.dtype.as_numpy_dtype).eps

    def moving(point: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        return tf.abs(step) > rounding * tf.maximum(tf.abs(point), 1.0)

    def proceed(_index: tf.Tensor, point: tf.Tensor, step: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return tf.reduce_any(moving(point, step))

    def improve(
        index: tf.Tensor, point: tf.Tensor, step: tf.Tensor, low: tf.Tensor, high: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        gap = f_prime(point) - t
        low = tf.where(gap < 0.0, point, low)
        high = tf.where(gap >= 0.0, point, high)
        slope = curvature(point)
        newton = -gap / slope
        target = point + newton
        # A Newton step counts if it stays in the bracket and halves the last step; NaN fails both.
        # Where the slope has overflowed the step is 0, and would be taken for convergence.
        accepted = (target >= low) & (target <= high) & (tf.abs(newton) <= 0.5 * tf.abs(step))
        accepted &= tf.math.is_finite(slope)
        target = tf.where(accepted, target, 0.5 * (low + high))
        # Elements that have converged, in the point or in the gap, stay, while others go on.
        step = tf.where(tf.abs(gap) <= rounding * tf.abs(t), tf.zeros_like(step), step)
        active = moving(point, step)
        step = tf.where(active, target - point, step)
        return index + 1, tf.where(active, target, point), step, low, high

    start = tf.zeros_like(t)
    bound = tf.fill(tf.shape(t), tf.constant(_BOUND, t.dtype))
    bound = tf.ensure_shape(bound, t.shape)
    loop = (tf.constant(0), start, 2.0 * bound, -bound, bound)
    return tf.while_loop(proceed, improve, loop, maximum_iterations=_MAX_ITERATIONS)[1]
