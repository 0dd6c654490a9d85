"""Elementary functions of log u that neither overflow early, nor cancel, nor give NaN gradients.

TensorFlow differentiates `tf.where` by multiplying the branch not taken by zero, and 0 * inf is
NaN: each branch here is therefore fed a harmless input wherever it is not the one that counts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

Function = Callable[[tf.Tensor], tf.Tensor]


def u_log1p_inverse(log_u: tf.Tensor) -> tf.Tensor:
    """Compute u log(1 + 1/u), which tends to 0 at u = 0 and to 1 at infinity.

    Args:
        log_u: float tensor of any shape.

    Returns:
        A tensor like `log_u`.

    Example:
        >>> from kfdiv.divergences import stable
        >>> stable.u_log1p_inverse(tf.constant([-1e4, 1e4])).numpy().tolist()
        [0.0, 1.0]
    """
    log_u = tf.convert_to_tensor(log_u)
    negative = tf.minimum(log_u, 0.0)
    small = tf.exp(negative) * tf.math.softplus(-negative)
    # With v = 1/u: log(1 + v) / v, by its series where the division would lose the derivative.
    v = tf.exp(-tf.maximum(log_u, 0.0))
    safe_v = tf.maximum(v, 1e-4)
    series = 1.0 - v * (1 / 2 - v * (1 / 3 - v * (1 / 4 - v / 5)))
    large = tf.where(v < 1e-4, series, tf.math.log1p(safe_v) / safe_v)
    return tf.where(log_u > 0.0, large, small)


def chi_square_over_mean(log_u: tf.Tensor) -> tf.Tensor:
    """Compute (u - 1)^2 / (u + 1) to full relative precision, near u = 1 too.

    Args:
        log_u: float tensor of any shape.

    Returns:
        A tensor like `log_u`.

    Example:
        >>> from kfdiv.divergences import stable
        >>> stable.chi_square_over_mean(tf.constant([-1e4, 0.0, 1e4])).numpy().tolist()
        [1.0, 0.0, inf]
    """
    log_u = tf.convert_to_tensor(log_u)
    near = tf.minimum(log_u, 1.0)
    # Both branches are the same function: a product that keeps precision at u = 1, and a difference
    # whose gradient, unlike the product's, is not inf * 0 where u overflows.
    product = tf.math.expm1(near) * tf.tanh(0.5 * near)
    difference = tf.math.expm1(log_u) - 2.0 * tf.tanh(0.5 * log_u)
    return tf.where(log_u > 1.0, difference, product)


def power(log_u: tf.Tensor, exponent: float) -> tf.Tensor:
    """Compute (u^c - 1) / c for the exponent c, and its limit log u for c = 0 (Box and Cox 1964).

    Args:
        log_u: float tensor of any shape.
        exponent: c, a Python number.

    Returns:
        A tensor like `log_u`.

    Example:
        >>> from kfdiv.divergences import stable
        >>> [float(stable.power(tf.math.log(3.0), c)) for c in (0, 1, 2)]
        [1.0986, 2.0, 4.0]
    """
    if exponent == 0.0:
        return tf.identity(log_u)
    return tf.math.expm1(exponent * log_u) / exponent


def balanced(log_u: tf.Tensor, f: Function, dual_f: Function) -> tf.Tensor:
    """Compute f(u) / (1 + u), the integrand under both P and Q by the balance heuristic.

    `E_Q[f(p/q)]` is the integral of `q f(p/q) = (p + q) f(u) / (1 + u)`: it is estimated from
    samples of both sides, and is bounded where f(0) is finite and f grows no faster than u (Veach
    and Guibas 1995).

    Args:
        log_u: float tensor of any shape.
        f: the generator as a function of log u; called at log u <= 0 only.
        dual_f: the generator of the dual, u f(1/u); called at log u <= 0 only.

    Returns:
        A tensor like `log_u`.

    Example:
        >>> from kfdiv import divergences
        >>> from kfdiv.divergences import stable
        >>> tv = divergences.get("total_variation")
        >>> float(stable.balanced(tf.constant(1e4), tv.f, tv.f))
        0.5
    """
    log_u = tf.convert_to_tensor(log_u)
    # The weight is 1 to rounding beyond the clip, where its zero slope would meet an infinite f.
    clipped = tf.clip_by_value(log_u, -60.0, 60.0)
    # Not `tf.sigmoid`, whose slope y (1 - y) is already 0 at log u = 17 in float32.
    above = dual_f(tf.minimum(-log_u, 0.0)) / (1.0 + tf.exp(-clipped))
    below = f(tf.minimum(log_u, 0.0)) / (1.0 + tf.exp(clipped))
    return tf.where(log_u > 0.0, above, below)


def up_to(
    t: tf.Tensor, upper: float, conjugate: Function, inside: float, lowest: float | None = None
) -> tf.Tensor:
    """Compute `conjugate(t)` for t <= `upper`, and +inf above, where a conjugate is infinite.

    Above, the gradient is 0.

    Args:
        t: float tensor of any shape.
        upper: the upper end of the conjugate's domain.
        conjugate: the function, defined below `upper`.
        inside: any number strictly below `upper`, to stand in for what lies above.
        lowest: the limit at t = -inf, -f(0), for a conjugate that divides infinity by itself there.

    Returns:
        A tensor like `t`.

    Example:
        >>> from kfdiv.divergences import stable
        >>> stable.up_to(tf.constant([-1.0, 1.0]), 0.0, lambda t: -tf.math.log(-t), -1.0).numpy()
        array([-0., inf], dtype=float32)
    """
    t = tf.convert_to_tensor(t)
    beyond = t > upper
    outside = beyond
    if lowest is not None:
        outside |= tf.equal(t, -np.inf)
    value = conjugate(tf.where(outside, tf.constant(inside, t.dtype), t))
    if lowest is not None:
        value = tf.where(outside, tf.constant(lowest, t.dtype), value)
    return tf.where(beyond, tf.constant(np.inf, t.dtype), value)


def with_derivative(function: Function, derivative: Function) -> Function:
    """Return `function` with its derivative given, `d function / dx = derivative`, elementwise.

    Args:
        function: maps a tensor to one of the same shape.
        derivative: its derivative, likewise; itself differentiated where second derivatives are
            asked for.

    Returns:
        A function of one tensor.

    Example:
        >>> from kfdiv.divergences import stable
        >>> x = tf.Variable(2.0)
        >>> with tf.GradientTape() as tape:
        ...     y = stable.with_derivative(tf.square, lambda x: 2.0 * x)(x)
        >>> float(tape.gradient(y, x))
        4.0
    """

    @tf.custom_gradient
    def wrapped(x: tf.Tensor) -> tuple[tf.Tensor, Function]:
        return function(x), lambda upstream: upstream * derivative(x)

    return lambda x: wrapped(tf.convert_to_tensor(x))


def differentiable(function: Function) -> Function:
    """Return `function` with its derivative by autodiff, by a difference where that is not finite.

    Autodiff may overflow, or multiply 0 by infinity, on the way to a derivative that is finite.

    Args:
        function: maps a float64 tensor to one of the same shape, elementwise.

    Returns:
        A function of one tensor.

    Example:
        >>> from kfdiv.divergences import stable
        >>> x = tf.Variable(1.0, dtype="float64")
        >>> with tf.GradientTape() as tape:
        ...     y = stable.differentiable(lambda x: tf.nn.relu(1.0 - x) ** 1.5)(x)
        >>> float(tape.gradient(y, x))
        0.0
    """

    def derivative(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        slope = tape.gradient(y, x, unconnected_gradients="zero")
        above, below = x + 1e-5, x - 1e-5
        difference = (function(above) - function(below)) / (above - below)
        better = ~tf.math.is_finite(slope) & tf.math.is_finite(difference)
        return tf.where(better, difference, slope)

    return with_derivative(function, derivative)
