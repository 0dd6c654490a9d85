"""The streaming mean and its standard error, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kfdiv.metrics import MeanWithError


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_matches_scipy_whatever_the_batches(offset: float) -> None:
    values = (np.random.default_rng(0).normal(size=1_000) + offset).astype("float32")
    metric = MeanWithError()
    for batch in np.split(values, [1, 10, 500]):
        metric.update_state(batch)
    values = values.astype("float64")
    assert float(metric.result()) == pytest.approx(values.mean(), rel=1e-9)
    assert float(metric.standard_error()) == pytest.approx(stats.sem(values), rel=1e-6)


def test_resets() -> None:
    metric = MeanWithError()
    metric.update_state([5.0, 7.0])
    metric.reset_state()
    assert float(metric.result()) == 0.0
    metric.update_state([1.0, 3.0])
    assert float(metric.result()) == 2.0
