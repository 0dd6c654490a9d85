"""How far codes of data are from the prior, whether or not their encoder has a density."""

from __future__ import annotations

import numpy as np

import kfdiv


def gaussian_part(codes: np.ndarray) -> float:
    """Return `KL(N(m, S) || N(0, I))` in nats, m and S the codes' mean and covariance.

    It is the least that `KL(q(z) || N(0, I))` can be: that is `KL(q(z) || N(m, S))` more, as the
    log ratio of the two Gaussians is quadratic and has one mean under q(z) and N(m, S).

    Args:
        codes: draws of q(z), shape `(draws, latents)`, many more draws than latents.

    Example:
        >>> codes = np.random.default_rng(0).normal(2.0, 1.0, size=(100_000, 1))
        >>> round(gaussian_part(codes), 1)
        2.0
    """
    mean, covariance = codes.mean(axis=0), np.atleast_2d(np.cov(codes, rowvar=False))
    _, log_determinant = np.linalg.slogdet(covariance)
    size = np.trace(covariance) + mean @ mean - len(mean)
    return float(0.5 * (size - log_determinant))


def figures(
    model: kfdiv.models.GenerativeModel, x: np.ndarray, steps: int, seed: int = 0
) -> dict[str, float]:
    """Return two figures of `KL(q(z) || p(z))` of a standard normal prior, in nats.

    Args:
        model: with an encoder.
        x: the data set of q(z).
        steps: that a classifier of codes and draws of the prior is trained for.
        seed: of draws and classifier.

    Returns:
        `gaussian_part`, a lower bound but for as many draws as examples; `ratio` and `ratio_se`,
        the classifier's estimate (Rosca et al. 2018, algorithm 2), which is as a rule too low.
    """
    codes = model.encode(x, seed=seed).numpy().astype(np.float64)
    found = kfdiv.evaluation.marginal_kl(
        model, x, "ratio", num_draws=len(x), steps=steps, seed=seed, jit_compile=False
    )
    return {
        "gaussian_part": gaussian_part(codes),
        "ratio": found.kl.value,
        "ratio_se": found.kl.standard_error,
    }
