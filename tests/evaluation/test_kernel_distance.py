"""The kernel distance, against NumPy and the closed form of Gaussians."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from kfdiv import evaluation

# The function has the name of its module.
kernel_module = importlib.import_module("kfdiv.evaluation.kernel_distance")

RNG = np.random.default_rng(0)


def moments(mean: np.ndarray, scale: float) -> list[np.ndarray]:
    """The first three moment tensors of N(mean, scale^2 I)."""
    eye = scale**2 * np.eye(len(mean))
    third = np.einsum("i,j,k->ijk", mean, mean, mean)
    for subscripts in ("i,jk->ijk", "j,ik->ijk", "k,ij->ijk"):
        third += np.einsum(subscripts, mean, eye)
    return [mean, eye + np.outer(mean, mean), third]


def mmd(p: list[np.ndarray], q: list[np.ndarray]) -> float:
    """(x.y / d + 1)^3 = sum_k binom(3, k) (x.y / d)^k: differences of moment tensors, squared."""
    dims = len(p[0])
    return sum(
        binomial * np.square(a - b).sum() / dims**k
        for k, (binomial, a, b) in enumerate(zip((3, 3, 1), p, q, strict=True), start=1)
    )


def test_it_is_the_closed_form_for_gaussians_and_zero_for_one_of_them() -> None:
    mean, scale = np.array([0.3, -0.2, 0.1]), 1.2
    true = mmd(moments(np.zeros(3), 1.0), moments(mean, scale))
    real, test = RNG.normal(size=(2, 20_000, 3))
    generated = mean + scale * RNG.normal(size=(20_000, 3))
    found = evaluation.kernel_distance(real, generated, test=test, subset_size=200)
    assert found.samples.value == pytest.approx(true, abs=4 * found.samples.standard_error)
    assert found.samples.standard_error < 0.1 * true
    assert found.data.value == pytest.approx(0.0, abs=4 * found.data.standard_error)


def test_standard_error_is_that_of_repetitions() -> None:
    found = [
        evaluation.kernel_distance(
            RNG.normal(size=(200, 2)), RNG.normal(0.2, 1.0, size=(210, 2)), subset_size=25
        ).samples
        for _ in range(50)
    ]
    values, errors = np.array(found).T
    true = mmd(moments(np.zeros(2), 1.0), moments(np.full(2, 0.2), 1.0))
    assert values.mean() == pytest.approx(true, abs=4 * values.std() / np.sqrt(50))
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(values.std(ddof=1), rel=0.35)


def test_each_subset_s_figure_is_the_unbiased_one_of_the_features() -> None:
    """All examples of a set are alike in twos, so every subset of four has the same figure."""
    real, other = RNG.normal(size=(2, 1, 5)), RNG.normal(size=(2, 1, 5))
    x, y = (np.repeat(one[0], 8, axis=0) for one in (real, other))

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return (a @ b / 5 + 1) ** 3

    a, b = 2 * x[0], 2 * y[0]
    found = evaluation.kernel_distance(x, y, lambda x: 2 * x, subset_size=4).samples
    expected = kernel(a, a) + kernel(b, b) - 2 * kernel(a, b)
    assert found == (pytest.approx(expected, rel=1e-10), pytest.approx(0.0, abs=1e-9))
    # Without the pairs of an example with itself.
    x, y = RNG.normal(size=(2, 4, 3))
    k = [(one @ two.T / 3 + 1) ** 3 for one, two in ((x, x), (y, y), (x, y))]
    off = ~np.eye(4, dtype=bool)
    assert kernel_module._unbiased(x, y) == pytest.approx(
        k[0][off].mean() + k[1][off].mean() - 2 * k[2].mean()
    )


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ((np.zeros((9, 2)), np.zeros((20, 2))), {"subset_size": 5}, "real has 9 examples, less"),
        ((np.zeros((20, 2)), np.zeros((9, 2))), {"subset_size": 5}, "Give more, or subset_size=4"),
        ((np.zeros((20, 2)), np.zeros((20, 3))), {"subset_size": 5}, "widths {'real': 2, 'gen"),
        ((np.zeros((20, 2)), np.zeros((20, 2))), {"subset_size": 1}, "integer of at least 2"),
        (
            (np.zeros((20, 2)), np.zeros((20, 2)), lambda x: x[:, 0]),
            {"subset_size": 5},
            r"Features of real must be finite and of shape \(20, dims\), but got \(20,\)",
        ),
        (
            (np.zeros((20, 2)), np.zeros((20, 2)), lambda x: x + np.inf),
            {"subset_size": 5},
            "with NaN or infinity",
        ),
        (
            (np.zeros((20, 2), "uint8"), np.full((20, 2), -1.0)),
            {"subset_size": 5},
            r"One set was 8-bit pixels.*\[-1, -1\]",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(given, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        evaluation.kernel_distance(*given, **options)
