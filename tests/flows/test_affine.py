"""The elementwise step: a diagonal Gaussian, and the moments that it takes from data."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kfdiv import flows
from tests.flows.support import normals, randomize


def test_over_a_standard_normal_it_is_a_diagonal_gaussian() -> None:
    affine = randomize(flows.Affine(3, dtype="float64"))
    flow = flows.Flow(3, [affine], dtype="float64")
    x = normals(20, 3, seed=1)
    shift, scale = affine.shift.numpy(), np.exp(affine.log_scale.numpy())
    expected = stats.norm(shift, scale).logpdf(x).sum(axis=1)
    np.testing.assert_allclose(flow.log_prob(x), expected, rtol=1e-12)


def test_adapted_it_has_the_moments_of_data_far_away_in_uneven_batches() -> None:
    """In float32 sums of squares around 1e8 would leave nothing of a variance of 1."""
    x = 1e4 + normals(1000, 2) * [1.0, 50.0]
    affine = flows.Affine(2)
    affine.adapt(np.split(x, [10, 700, 700]))
    np.testing.assert_allclose(affine.shift, x.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(np.exp(affine.log_scale), x.std(axis=0), rtol=1e-5)


def test_a_coordinate_that_never_varies_keeps_its_scale() -> None:
    affine = flows.Affine(2)
    affine.log_scale.assign([5.0, 5.0])
    affine.adapt([[[7.0, 1.0], [7.0, 3.0]]])
    np.testing.assert_array_equal(affine.log_scale, [0.0, 0.0])
    np.testing.assert_array_equal(affine.shift, [7.0, 2.0])


@pytest.mark.parametrize(
    ("batches", "message"), [([], "no examples"), ([np.zeros((4, 3))], r"shape \(4, 3\)")]
)
def test_data_that_do_not_fit_are_refused(batches, message) -> None:
    with pytest.raises(ValueError, match=message):
        flows.Affine(2).adapt(batches)


def test_a_flow_adapts_to_arrays_and_to_labelled_data_sets() -> None:
    x = (3 + 2 * normals(60, 2, 3)).astype("float32")
    from_array, from_dataset = flows.maf((2, 3), 1, [4]), flows.maf((2, 3), 1, [4])
    from_array.adapt(x)
    from_dataset.adapt(tf.data.Dataset.from_tensor_slices((x, np.arange(60))).batch(25))
    for flow in (from_array, from_dataset):
        z, _ = flow.inverse(x)
        np.testing.assert_allclose(np.mean(z, axis=0), np.zeros(6), atol=1e-5)
        np.testing.assert_allclose(np.std(z, axis=0), np.ones(6), rtol=1e-5)


def test_a_flow_without_one_at_its_end_cannot_adapt() -> None:
    flow = flows.Flow(2, [flows.Affine(2), flows.Permutation([1, 0])])
    with pytest.raises(ValueError, match="Permutation has none of its own"):
        flow.adapt(np.zeros((3, 2)))


def test_values_that_are_not_finite_are_refused_and_change_nothing() -> None:
    affine = flows.Affine(2)
    with pytest.raises(ValueError, match="NaN or infinite"):
        affine.adapt([[[1.0, 2.0]], [[np.inf, 0.0]]])
    assert affine.is_identity()


@pytest.mark.parametrize("weight", ["shift", "log_scale"])
def test_a_flow_is_adapted_once_its_affine_moved(weight) -> None:
    flow = flows.maf(2, 1, [4])
    assert not flow.adapted
    getattr(flow.bijections[-1], weight).assign([0.0, 0.1])
    assert flow.adapted


def test_a_flow_that_cannot_adapt_counts_as_adapted() -> None:
    assert flows.Flow(2, [flows.Affine(2), flows.Permutation([1, 0])]).adapted
