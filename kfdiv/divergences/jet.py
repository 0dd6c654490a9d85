"""A generator's value and derivatives at one point."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Jet(NamedTuple):
    """A generator and what derives from it, each a tensor like log u (or an array of numbers).

    Every quantity is there twice, as it is and with a factor u more or less, because either may be
    representable where the other is not.

    Example:
        >>> from kfdiv.divergences.jet import Jet
        >>> square = Jet(3.0, 1.5, 4.0, 8.0, 5.0, 2.5, 4.0, 8.0)  # u^2 - 1 at u = 2
        >>> square.swapped().f_prime  # of 1/u - u at 1/2
        -5.0
    """

    f: tf.Tensor
    """f(u)."""
    over_u: tf.Tensor
    """f(u) / u, the dual's generator at 1/u."""
    f_prime: tf.Tensor
    """f'(u)."""
    u_f_prime: tf.Tensor
    """u f'(u), the derivative of f in log u."""
    remainder: tf.Tensor
    """u f'(u) - f(u)."""
    remainder_over_u: tf.Tensor
    """f'(u) - f(u) / u, the derivative of f(u) / u in log u."""
    curvature: tf.Tensor
    """u f''(u)."""
    u_curvature: tf.Tensor
    """u^2 f''(u)."""

    def swapped(self) -> Jet:
        """Return the jet of the dual, u f(1/u), at 1/u."""
        return Jet(
            f=self.over_u,
            over_u=self.f,
            f_prime=-self.remainder,
            u_f_prime=-self.remainder_over_u,
            remainder=-self.f_prime,
            remainder_over_u=-self.u_f_prime,
            curvature=self.u_curvature,
            u_curvature=self.curvature,
        )
