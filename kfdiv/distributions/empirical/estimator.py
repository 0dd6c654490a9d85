"""What every way of summing N kernels promises."""

from __future__ import annotations

import abc
import inspect
from collections.abc import Sequence

import tensorflow as tf

from kfdiv.distributions.empirical.points import Points
from kfdiv.noise import SpreadNoise
from kfdiv.registry import Registry

registry = Registry("mode of the data distribution")

Moments = tuple[tf.Tensor, tf.Tensor]


class MixtureEstimator(abc.ABC):
    """Computes or estimates `log sum_n w_n p(y|x_n)` and the moments of the points under p(n|y).

    The weights w have mean one; p(n|y) is `w_n p(y|x_n)`, normalised.
    """

    xla_compatible: bool = True

    def devices(self, size: int) -> Sequence[str | None]:
        """Return the devices that share the points out; by default there is one.

        Args:
            size: of all points, in bytes.
        """
        del size
        return (None,)

    def fit(self, points: Points, noise: SpreadNoise) -> None:
        """Meet the points, once.

        Args:
            points: the data.
            noise: the kernel.
        """
        self.points = points
        self.noise = noise

    @property
    def numbers_read(self) -> int:
        """How many numbers of the points a mixture goes through; 0 for a choice of them."""
        return 0

    @abc.abstractmethod
    def mixture(
        self,
        y: tf.Tensor,
        width: tf.Tensor,
        *,
        seed: tf.Tensor | None,
        location: tf.Tensor | None,
        with_moments: bool,
    ) -> tuple[tf.Tensor, Moments | None]:
        """Sum the kernels at `y`.

        Args:
            y: `(batch, D)`, centred like the points.
            width: scalar or `(D,)`.
            seed: int32 `(2,)`; random estimators need it.
            location: `(batch, D)`, centred: what `y` was before the noise, or None.
            with_moments: whether gradients will be asked for.

        Returns:
            `log sum_n w_n p(y|x_n) - noise.offset(y, width)`, `(batch,)`, and `noise.moments`
            under p(n|y), or None.
        """


def make(mode: str, options: dict[str, object]) -> MixtureEstimator:
    """Build the estimator called `mode`.

    Raises:
        ValueError: for an unknown mode, or an option that it does not have.
    """
    estimator = registry.get(mode)
    known = list(inspect.signature(estimator).parameters)
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(
            f"Empirical(mode={mode!r}) received the options {unknown}, but has {known}."
        )
    return estimator(**options)


def require_seed(mode: str, seed: tf.Tensor | None) -> tf.Tensor:
    """Return the seed, or say that a random estimator needs one."""
    if seed is None:
        raise ValueError(
            f"Empirical(mode={mode!r}).log_prob draws points at random, but received seed=None. "
            "Pass seed=kfdiv.random.seed(0, 'data_density', step)."
        )
    return seed
