"""Exact divergences between densities on the line, for problems whose answer is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize
import scipy.stats
import tensorflow as tf

from kfdiv import divergences
from kfdiv.arguments import check_callable, check_count, check_number, check_range

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
    lp, lq = log_density("log_p", log_p, x, x.shape), log_density("log_q", log_q, x, x.shape)
    return float(np.trapezoid(integrand(divergences.get(divergence), lp, lq), x))


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

    Raises:
        ValueError: if the support is empty, or there is no start, or one is none.

    Example:
        >>> from scipy import stats
        >>> fit = best_gaussian("rkl", stats.norm(1, 2).logpdf, (-20, 22), [(0.0, 1.0)])
        >>> round(fit.mu, 3), round(fit.sigma, 3)
        (1.0, 2.0)
    """
    starts = [_start(start) for start in check_starts(starts)]
    divergence, points = divergences.get(divergence), check_count("points", points, least=2)
    x = np.linspace(*check_range("support", support), points)
    lp = log_density("log_p", log_p, x, x.shape)

    def loss(parameters: np.ndarray) -> float:
        lq = scipy.stats.norm(parameters[0], np.exp(parameters[1])).logpdf(x)
        return float(np.trapezoid(integrand(divergence, lp, lq), x))

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


def check_starts(starts: Any) -> list[Any]:
    """Return where a search starts, at least one place.

    Raises:
        ValueError: if there is none, or they are no sequence.
    """
    if isinstance(starts, (str, bytes)) or not isinstance(starts, Iterable) or not len(starts):
        raise ValueError(
            "starts must be one or more pairs to start from, such as [(0.0, 1.0)], but got "
            f"{starts!r}."
        )
    return list(starts)


def _start(start: Any) -> tuple[float, float]:
    try:
        mu, sigma = start
    except (TypeError, ValueError) as error:
        raise ValueError(f"A start must be a pair (mu, sigma), but got {start!r}.") from error
    return check_number("mu of a start", mu), check_number("sigma of a start", sigma, above=0)


def log_density(name: str, function: Any, x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return log-densities at nodes.

    Args:
        name: what errors call it.
        function: of nodes.
        x: the nodes.
        shape: what the function must return.

    Raises:
        TypeError: if it is no function.
        ValueError: if it returns another shape, NaN, or plus infinity, where nothing is integrable.

    Example:
        >>> log_density("log_p", lambda x: -x, np.arange(3.0), (3,)).tolist()
        [-0.0, -1.0, -2.0]
    """
    check_callable(name, function, f"from points of shape {x.shape} to log-densities")
    found = np.asarray(function(x), np.float64)
    if found.shape != shape:
        raise ValueError(
            f"{name} must return log-densities of shape {shape} for points of shape {x.shape}, but "
            f"returned shape {found.shape}."
        )
    wrong = int(np.count_nonzero(np.isnan(found) | (found == np.inf)))
    if wrong:
        raise ValueError(
            f"{name} must return log-densities, numbers or -inf, but {wrong} of {found.size} are "
            "NaN or +inf. Narrow the support to where it is defined."
        )
    return found


def integrand(divergence: divergences.Divergence, lp: np.ndarray, lq: np.ndarray) -> np.ndarray:
    """Return `p a(log p/q) + q b(log p/q)`, whose integral is D_f, of float64 log-densities."""
    a, b = (side.numpy() for side in divergence.integrands(tf.constant(lp - lq, tf.float64)))
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        # exp(log p) underflows where its integrand may overflow; there the product is nothing.
        return np.where(lp > -700, np.exp(lp) * a, 0.0) + np.where(lq > -700, np.exp(lq) * b, 0.0)
