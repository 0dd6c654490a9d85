"""Checks of a user's f: that it generates a divergence, and can be differentiated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf


def check_generator(callback: Callable[[tf.Tensor], tf.Tensor], in_log_u: bool, label: str) -> None:
    """Check over |log u| <= 8 that f is convex, with f(1) = 0, and over |log u| <= 20 coarsely.

    Args:
        callback: f, called eagerly with a float64 tensor.
        in_log_u: whether f takes log u instead of u.
        label: what it is called, for the message.

    Raises:
        ValueError: if it fails, is not elementwise, twice differentiable, finite, 0 at 1 and
            convex, or generates the divergence that is always 0.

    Example:
        >>> check_generator(tf.math.log, False, "The logarithm")
        Traceback (most recent call last):
        ...
        ValueError: The logarithm is not convex: ...
    """
    log_u = tf.linspace(tf.constant(-8.0, "float64"), 8.0, 161)
    x = log_u if in_log_u else tf.exp(log_u)
    try:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                f = callback(x)
            slope = tape.gradient(f, x)
        bend = x if slope is None else outer.gradient(slope, x, unconnected_gradients="zero")
    except Exception as error:
        raise ValueError(
            f"{label} fails on a float64 tensor: {error} It must consist of TensorFlow or "
            "`keras.ops` operations, with constants written as Python numbers."
        ) from error
    if slope is None or f.shape != x.shape or f.dtype != x.dtype:
        raise ValueError(
            f"{label} must be an elementwise, differentiable function of TensorFlow or `keras.ops` "
            f"operations. For a float64 tensor of shape (161,) it returned {f!r:.200}"
        )
    if not np.all(np.isfinite(f)) or not np.all(np.isfinite(slope)):
        worst = float(log_u[int(np.argmin(np.isfinite(f) & np.isfinite(slope)))])
        raise ValueError(f"{label} or its derivative is not finite at log u = {worst:.3g}.")
    unknown = np.flatnonzero(np.isnan(bend))
    if len(unknown) > 1:  # One may be the point where f'' is infinite, as that of |u - 1|**1.5.
        raise ValueError(
            f"{label} has a second derivative that TensorFlow computes as 0 * infinity, near u = "
            f"{np.exp(log_u[unknown[0]]):.3g} and elsewhere. Keep powers away from 0 by `tf.where` "
            "on both sides: not relu(u - 1)**1.5, but "
            "tf.where(u > 1, tf.where(u > 1, u - 1, 1.0)**1.5, 0.0)."
        )
    at_one = float(f[80])
    if abs(at_one) > 1e-6:
        verb, preposition = ("Subtract", "from") if at_one > 0.0 else ("Add", "to")
        raise ValueError(
            f"{label} has f(1) = {at_one:.6g}, but f(1) must be 0. "
            f"{verb} {abs(at_one):.6g} {preposition} it."
        )
    f_prime = slope.numpy() / (np.exp(log_u) if in_log_u else 1.0)
    rises = np.diff(f_prime)
    rounding = 1e-9 * (1.0 + np.abs(f_prime[1:]) + np.abs(f_prime[:-1]))
    if np.any(rises < -rounding):
        worst = float(np.exp(log_u[int(np.argmin(rises / rounding))]))
        raise ValueError(
            f"{label} is not convex: its derivative decreases near u = {worst:.3g}. "
            "A generator is convex in u itself, also where it is written in log u."
        )
    _check_far(callback, in_log_u, label)
    if np.all(rises < rounding):
        raise ValueError(
            f"{label} is a multiple of u - 1: its divergence is 0 whatever P and Q are."
        )


def _check_far(callback: Callable[[tf.Tensor], tf.Tensor], in_log_u: bool, label: str) -> None:
    """Raise if f bends down farther out, as far as it can be evaluated there."""
    log_u = tf.linspace(tf.constant(-20.0, "float64"), 20.0, 161)
    x = log_u if in_log_u else tf.exp(log_u)
    with tf.GradientTape() as tape:
        tape.watch(x)
        f = callback(x)
    u = np.exp(log_u)
    f_prime = tape.gradient(f, x).numpy() / (u if in_log_u else 1.0)
    # f may overflow out there.
    with np.errstate(invalid="ignore"):
        rises = np.diff(f_prime)
    # Of f of log u a difference of terms of order one is divided by u.
    lost = 1e-12 / u[:-1] if in_log_u else 0.0
    rounding = 1e-6 * (1.0 + np.abs(f_prime[1:]) + np.abs(f_prime[:-1])) + lost
    # What is not finite there says nothing: f is continued from nearer.
    falls = np.isfinite(rises) & (rises < -rounding)
    if falls.any():
        far = float(u[int(np.argmax(falls))])
        raise ValueError(
            f"{label} is not convex: its derivative decreases near u = {far:.3g}, far from 1. It "
            "would be no divergence where P and Q differ most; continue it by a straight line "
            "there, or by a power of u."
        )
