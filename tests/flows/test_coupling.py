"""The coupling step against TFP's RealNVP with the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow_probability as tfp

from kfdiv import flows
from tests.flows.support import normals, randomize

tfb = tfp.bijectors


def test_it_is_tfp_s_real_nvp() -> None:
    coupling = randomize(flows.AffineCoupling([True, True, False, False, False], dtype="float64"))
    oracle = tfb.RealNVP(
        num_masked=2, shift_and_log_scale_fn=lambda z, _: coupling.shift_and_log_scale(z)
    )
    x = normals(9, 5)
    z, log_det = coupling.inverse(x)
    np.testing.assert_allclose(z, oracle.inverse(x), rtol=1e-12)
    np.testing.assert_allclose(
        log_det, oracle.inverse_log_det_jacobian(x, event_ndims=1), rtol=1e-12
    )
    np.testing.assert_allclose(coupling.forward(x), oracle.forward(x), rtol=1e-12)


def test_what_the_mask_keeps_stays_and_what_it_moves_depends_on_that() -> None:
    mask = np.array([False, True, False, True])
    coupling = randomize(flows.AffineCoupling(mask.tolist(), units=[8], dtype="float64"))
    z = normals(3, 4)
    x = coupling.forward(z).numpy()
    np.testing.assert_array_equal(x[:, mask], z[:, mask])
    moved = coupling.forward(z + mask).numpy()
    assert np.all(np.abs(moved - x)[:, ~mask] > 1e-6)


def test_scales_are_bounded_whatever_the_weights() -> None:
    coupling = randomize(flows.AffineCoupling([True, False], units=[8], max_log_scale=2.0), 1e4)
    _, log_det = coupling.inverse(1e4 * normals(50, 2))
    assert np.abs(log_det).max() == pytest.approx(2.0, rel=1e-6)


def test_it_starts_at_the_identity() -> None:
    x = normals(3, 2, dtype="float32")
    z, log_det = flows.AffineCoupling([True, False]).inverse(x)
    np.testing.assert_array_equal(z, x)
    np.testing.assert_array_equal(log_det, np.zeros(3))


@pytest.mark.parametrize("mask", [[], [True], [True, True], [False, False], [0, 1, 2], "ab"])
def test_a_mask_that_keeps_all_or_nothing_is_refused(mask) -> None:
    with pytest.raises(ValueError, match="mask must be booleans"):
        flows.AffineCoupling(mask)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_log_scale": 0.0}, "max_log_scale must be positive"),
        ({"units": [8, 0]}, "units must be"),
        ({"activation": "bent"}, "bent"),
    ],
)
def test_arguments_that_are_not_understood_are_refused(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        flows.AffineCoupling([True, False], **options)
