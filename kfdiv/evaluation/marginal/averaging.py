"""From log(q / p) at draws of q(z) to the marginal KL and the surgery."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.marginal.posteriors import Posteriors
from kfdiv.evaluation.marginal.surgery import Surgery

# From z and log p(z) to log q(z) - log p(z), or what stands for it.
LogRatio = Callable[[tf.Tensor, tf.Tensor], np.ndarray]


def average(
    posteriors: Posteriors, log_ratio: LogRatio, num_draws: int, seed: int
) -> tuple[Estimate, Surgery | None]:
    """Return `E_q(z)[log q(z)/p(z)]` over draws that nothing was fitted to, and the surgery.

    Where `E_P KL(q(z|x) || p(z))` is exact, its estimate by the same draws is the control variate
    of theirs, with the coefficient of least variance (Owen 2013, section 8.9): what draws happen to
    say of the one they say of the other.

    Args:
        posteriors: of the data set.
        log_ratio: log q(z)/p(z).
        num_draws: how many.
        seed: integer.

    Returns:
        The marginal KL; and the surgery, or None where the encoder has no density.
    """
    of_marginal, of_posterior = [], []
    for draws in posteriors.draws(num_draws, seed, "marginal_kl"):
        of_marginal.append(np.asarray(log_ratio(draws.z, draws.log_prior), "float64"))
        if draws.log_posterior is not None:
            of_posterior.append(np.subtract(draws.log_posterior, draws.log_prior, dtype="float64"))
    marginal = np.concatenate(of_marginal)
    if not of_posterior:
        return Estimate.of(marginal), None
    posterior = np.concatenate(of_posterior)
    exact = posteriors.average_kl()
    if exact is None:
        found = Estimate.of(posterior), Estimate.of(marginal), Estimate.of(posterior - marginal)
    else:
        kl = _controlled(marginal, posterior - exact.value)
        found = exact, kl, Estimate(exact.value - kl.value, kl.standard_error)
    return found[1], Surgery(*found, posteriors.entropy, posteriors.size)


def _controlled(values: np.ndarray, control: np.ndarray) -> Estimate:
    """Return the mean of `values`, given values beside them whose true mean is zero."""
    centered = control - control.mean()
    variance = np.mean(centered**2)
    slope = np.mean((values - values.mean()) * centered) / variance if variance > 0 else 0.0
    return Estimate.of(values - slope * control)
