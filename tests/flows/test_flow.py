"""Whole flows: that they integrate to one, draw from their own density, and refuse what is odd."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kfdiv import flows
from tests.flows.support import normals, randomize

FLOWS = {"real_nvp": flows.real_nvp, "maf": flows.maf}


def quadrature(flow, points=601, widths=9.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of a grid around the flow's draws, and the mass of the cell of each."""
    draws = flow.sample(20_000, seed=0).numpy()
    reach = widths * draws.std(axis=0)
    axes = np.linspace(draws.mean(axis=0) - reach, draws.mean(axis=0) + reach, points).T
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    cell = np.prod(axes[:, 1] - axes[:, 0])
    return grid, np.exp(flow.log_prob(grid)) * cell


def make(name, seed=0) -> flows.Flow:
    return randomize(FLOWS[name](2, layers=3, units=[16], dtype="float64"), 0.7, seed)


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("seed", [0, 1])
def test_in_two_dimensions_it_integrates_to_one(name, seed) -> None:
    flow = make(name, seed)
    assert quadrature(flow)[1].sum() == pytest.approx(1.0, abs=1e-3)
    # It is no Gaussian, or the test says little: of one the volume would change alike everywhere.
    assert np.ptp(flow.inverse(flow.sample(100, seed=1))[1]) > 0.5


@pytest.mark.parametrize("name", FLOWS)
def test_draws_have_the_distribution_of_the_density(name) -> None:
    """Shares of three regions among 20,000 draws, and by quadrature."""
    flow = make(name)
    grid, mass = quadrature(flow)
    draws = flow.sample(20_000, seed=1).numpy()
    (first, second), (width, height) = np.median(draws, axis=0), draws.std(axis=0)
    for inside in (
        lambda x: x[:, 0] > first + 0.3 * width,
        lambda x: (x[:, 0] < first) & (x[:, 1] > second),
        lambda x: np.abs(x[:, 1] - second) > height,
    ):
        expected = mass[inside(grid)].sum()
        assert 0.05 < expected < 0.95
        error = np.sqrt(expected * (1 - expected) / 20_000)
        assert inside(draws).mean() == pytest.approx(expected, abs=4 * error + 2e-3)


@pytest.mark.parametrize("name", FLOWS)
def test_it_starts_as_a_standard_normal(name) -> None:
    x = normals(9, 3)
    expected = stats.norm.logpdf(x).sum(axis=1)
    np.testing.assert_allclose(FLOWS[name](3).log_prob(x), expected, rtol=1e-5)


def test_every_coordinate_of_real_nvp_is_kept_and_moved_by_turns() -> None:
    masks = np.array([step.mask for step in flows.real_nvp(5, layers=4, units=[2]).bijections[:-1]])
    np.testing.assert_array_equal(masks[0], [True, False, True, False, True])
    np.testing.assert_array_equal(masks[1:] ^ masks[:-1], np.ones((3, 5), bool))


def test_every_order_of_maf_is_the_last_one_reversed() -> None:
    kinds = [type(step).__name__ for step in flows.maf(3, layers=3, units=[2]).bijections]
    step, turn = "MaskedAutoregressive", "Permutation"
    assert kinds == [step, turn, step, turn, step, "Affine"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: flows.Flow(2, []), r"one bijection or more of that size, but got sizes \[\]"),
        (lambda: flows.Flow((2, 2), [flows.Affine(3)]), r"has 4 coordinates.* sizes \[3\]"),
        (lambda: flows.real_nvp(1), "two coordinates or more"),
        (lambda: flows.real_nvp((1, 1)), "two coordinates or more"),
        (lambda: flows.real_nvp(2, layers=0), "layers must be"),
        (lambda: flows.maf(2, layers=0), "layers must be"),
        (lambda: flows.maf(0), "event_shape must be"),
        (lambda: flows.Permutation([0, 2]), "0 .. D - 1 once"),
        (lambda: flows.Permutation([]), "0 .. D - 1 once"),
        (lambda: flows.Permutation([0, 0]), "0 .. D - 1 once"),
    ],
)
def test_arguments_that_are_not_understood_are_refused(build, message) -> None:
    with pytest.raises(ValueError, match=message):
        build()
