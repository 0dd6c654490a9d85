"""The autoregressive step against TFP's with the same numbers, and against a known Gaussian."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow_probability as tfp
from scipy import stats

from kfdiv import flows
from tests.flows.support import normals, randomize

tfb = tfp.bijectors


def test_it_is_tfp_s_masked_autoregressive_flow() -> None:
    step = randomize(flows.MaskedAutoregressive(4, units=[16, 16], dtype="float64"))
    oracle = tfb.MaskedAutoregressiveFlow(shift_and_log_scale_fn=step.shift_and_log_scale)
    x = normals(9, 4)
    z, log_det = step.inverse(x)
    np.testing.assert_allclose(z, oracle.inverse(x), rtol=1e-12)
    np.testing.assert_allclose(
        log_det, oracle.inverse_log_det_jacobian(x, event_ndims=1), rtol=1e-12
    )
    np.testing.assert_allclose(step.forward(x), oracle.forward(x), rtol=1e-12)


def test_without_hidden_layers_and_with_constant_scales_it_is_a_gaussian() -> None:
    """`x = b + L x + S z` with L strictly lower triangular has a covariance in closed form."""
    size, rng = 4, np.random.default_rng(0)
    step = flows.MaskedAutoregressive(size, units=[], dtype="float64")
    lower = np.tril(rng.normal(size=(size, size)), k=-1)
    bias, raw = rng.normal(size=(2, size))
    kernel = np.zeros((size, size, 2))
    kernel[:, :, 0] = lower.T
    step.network.layers[0].kernel.assign(kernel.reshape(size, 2 * size))
    step.network.layers[0].bias.assign(np.stack([bias, raw], axis=1).reshape(-1))
    inverse = np.linalg.inv(np.eye(size) - lower)
    root = inverse @ np.diag(np.exp(3.0 * np.tanh(raw / 3.0)))
    oracle = stats.multivariate_normal(inverse @ bias, root @ root.T)
    x = normals(20, size, seed=1)
    flow = flows.Flow(size, [step], dtype="float64")
    np.testing.assert_allclose(flow.log_prob(x), oracle.logpdf(x), rtol=1e-9)
    z = normals(6, size, seed=2)
    np.testing.assert_allclose(step.forward(z), inverse @ bias + z @ root.T, rtol=1e-9)


def test_a_draw_that_overflows_late_leaves_the_coordinates_before_it_alone() -> None:
    """Each is written once, so that no passing value spoils a mask's zero."""
    step = flows.MaskedAutoregressive(3, units=[], max_log_scale=100.0)
    step.network.layers[0].bias.assign([0.0, 0.0, 0.0, 0.0, 0.0, 1e4])
    x = step.forward([[1.0, 2.0, 3.0]]).numpy()
    np.testing.assert_array_equal(x, [[1.0, 2.0, np.inf]])


def test_of_one_coordinate_it_is_affine() -> None:
    step = randomize(flows.MaskedAutoregressive(1, units=[8], dtype="float64"))
    x = step.forward([[0.0], [1.0], [2.0]]).numpy()
    assert x[2] - x[1] == pytest.approx(x[1] - x[0])
    np.testing.assert_allclose(step.inverse(x)[1], -np.log(x[1] - x[0]).repeat(3))
