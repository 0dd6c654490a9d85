"""The geometry of examples/shen/age_latents.py."""

import numpy as np
import pytest

from examples.lib import latent_geometry as geometry

BEGIN = np.array([2.0, 0.0])


def test_a_line_has_even_steps():
    path = geometry.line(BEGIN, np.array([0.0, 2.0]), 3)
    np.testing.assert_allclose(path, [[2, 0], [1, 1], [0, 2]])


def test_an_arc_keeps_its_length_and_has_even_angles():
    path = geometry.arc(BEGIN, np.array([0.0, 2.0]), 5)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), np.full(5, 2.0))
    angles = np.arctan2(path[:, 1], path[:, 0])
    np.testing.assert_allclose(angles, np.linspace(0, np.pi / 2, 5), atol=1e-12)


@pytest.mark.parametrize("factor", [3.0, 0.0, -1.0])
def test_without_a_plane_to_turn_in_an_arc_is_a_line(factor):
    end = factor * BEGIN
    np.testing.assert_allclose(geometry.arc(BEGIN, end, 4), geometry.line(BEGIN, end, 4))


def test_the_longest_step_is_in_mean_steps():
    assert geometry.longest_step(np.array([[[0.0]], [[1.0]], [[4.0]]])) == pytest.approx(1.5)
    assert geometry.longest_step(geometry.line(BEGIN, -BEGIN, 5)) == pytest.approx(1.0)


def test_no_code_is_its_own_neighbor():
    codes = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [50.0]])
    nearest = geometry.neighbors(codes)
    assert set(nearest[5]) == {1, 2, 3, 4}
    assert set(nearest[0]) == {1, 2, 3, 4}
    assert nearest[2, 0] in (1, 3)
