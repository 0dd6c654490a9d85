"""Exact divergences between densities on the line, for problems whose answer is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize
import scipy.stats
import tensorflow as tf

from kfdiv import divergences
from kfdiv.arguments import check_count, check_range

LogDensity = Callable[[np.ndarray], np.ndarray]


class GaussianFit(NamedTuple):
    """The Gaussian nearest to a density, and how near it is."""

    mu: float
    sigma: float
    divergence: float


def divergence_1d(
    divergence: Any,
    log_p: LogDensity,
    log_q: LogDensity,
    support: tuple[float, float],
    points: int = 400_001,
) -> float:
    """Integrate `D_f(P || Q) = int p a(log p/q) + q b(log p/q) dx` by the trapezoidal rule.

    Args:
        divergence: anything that `kfdiv.divergences.get` accepts.
        log_p: log-density of the data, vectorised over a float64 array.
        log_q: log-density of the model, likewise.
        support: interval outside which both densities are negligible.
        points: nodes of the rule.

    Returns:
        Nats.

    Raises:
        ValueError: if the support is empty, or there are fewer than two nodes.

    Example:
        >>> from scipy import stats
        >>> value = divergence_1d("kl", stats.norm(0, 1).logpdf, stats.norm(1, 1).logpdf, (-12, 13))
        >>> round(value, 6)
        0.5
    """
    points = check_count("points", points, least=2)
    x = np.linspace(*check_range("support", support), points)
    return float(np.trapezoid(integrand(divergences.get(divergence), log_p(x), log_q(x)), x))


def best_gaussian(
    divergence: Any,
    log_p: LogDensity,
    support: tuple[float, float],
    starts: Sequence[tuple[float, float]],
    points: int = 20_001,
) -> GaussianFit:
    """Find the nearest Gaussian, `min_(mu, sigma) D_f(P || N(mu, sigma^2))`, by Nelder-Mead.

    Args:
        divergence: anything that `kfdiv.divergences.get` accepts.
        log_p: log-density of the data.
        support: interval outside which the data's density is negligible.
        starts: pairs (mu, sigma) to start from; the best end wins, since mode-seeking divergences
            have local optima.
        points: nodes of the rule.

    Returns:
        The parameters and their divergence in nats.

    Example:
        >>> from scipy import stats
        >>> fit = best_gaussian("rkl", stats.norm(1, 2).logpdf, (-20, 22), [(0.0, 1.0)])
        >>> round(fit.mu, 3), round(fit.sigma, 3)
        (1.0, 2.0)
    """

    def loss(parameters: np.ndarray) -> float:
        model = scipy.stats.norm(parameters[0], np.exp(parameters[1])).logpdf
        return divergence_1d(divergence, log_p, model, support, points)

    ends = [
        scipy.optimize.minimize(
            loss,
            (mu, np.log(sigma)),
            method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 2000},
        )
        for mu, sigma in starts
    ]
    best = min(ends, key=lambda end: end.fun)
    return GaussianFit(float(best.x[0]), float(np.exp(best.x[1])), float(best.fun))


def integrand(divergence: divergences.Divergence, lp: np.ndarray, lq: np.ndarray) -> np.ndarray:
    """Return `p a(log p/q) + q b(log p/q)`, whose integral is D_f, of float64 log-densities."""
    a, b = (side.numpy() for side in divergence.integrands(tf.constant(lp - lq, tf.float64)))
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        # exp(log p) underflows where its integrand may overflow; there the product is nothing.
        return np.where(lp > -700, np.exp(lp) * a, 0.0) + np.where(lq > -700, np.exp(lq) * b, 0.0)
