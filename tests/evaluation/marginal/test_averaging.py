"""Means over draws, and how far they are from those of other draws."""

from __future__ import annotations

import numpy as np
import pytest

from kfdiv.evaluation import Estimate
from kfdiv.evaluation.marginal import LogMixture, Posteriors, average
from tests.evaluation.marginal.support import linear, normals


def test_standard_errors_are_those_of_repetitions_and_no_larger_than_of_a_plain_mean() -> None:
    posteriors = Posteriors(linear(2, 2, scale=0.1).model, normals(30, 2))
    mixture, plain = LogMixture(posteriors), []

    def log_ratio(z, log_prior):
        values = mixture(z) - log_prior
        plain.append(Estimate.of(values))
        return values

    found = [average(posteriors, log_ratio, 200, seed)[0] for seed in range(15)]
    spread = np.std([one.value for one in found], ddof=1)
    error = np.mean([one.standard_error for one in found])
    assert spread == pytest.approx(error, rel=0.5)
    assert error < np.mean([one.standard_error for one in plain])
    difference = np.mean([a.value - b.value for a, b in zip(found, plain, strict=True)])
    assert abs(difference) < 4 * np.mean([one.standard_error for one in plain]) / np.sqrt(15)
