"""The sum of two streaming means, against scipy."""

import numpy as np
import pytest
from scipy import stats

from kfdiv.metrics import SumOfMeans


def test_matches_scipy_whatever_the_batches_and_the_sides_sizes():
    rng = np.random.default_rng(0)
    on_data = (100.0 + rng.normal(size=600)).astype("float32")
    on_model = (3.0 * rng.normal(size=1_500) - 2.0).astype("float32")
    metric = SumOfMeans()
    for a, b in zip(np.split(on_data, [1, 50]), np.split(on_model, [700, 701]), strict=True):
        metric.update_state(a, b)
    a, b = on_data.astype("float64"), on_model.astype("float64")
    assert float(metric.result()) == pytest.approx(a.mean() + b.mean(), rel=1e-9)
    # Of independent samples of unequal variance: the denominator of Welch's statistic.
    welch = stats.ttest_ind(a, b, equal_var=False)
    expected = (a.mean() - b.mean()) / welch.statistic
    assert float(metric.standard_error()) == pytest.approx(expected, rel=1e-6)
    assert int(metric.count) == 600


def test_resets_both_sides():
    metric = SumOfMeans()
    metric.update_state([5.0, 7.0], [1.0, 2.0])
    metric.reset_state()
    assert float(metric.result()) == 0.0
    metric.update_state([1.0, 3.0], [10.0])
    assert float(metric.result()) == 12.0
    assert np.isnan(float(metric.standard_error()))
