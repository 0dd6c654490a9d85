import contextlib

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from kfdiv import plotting


def test_the_plane_is_that_of_the_largest_variance():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(500, 2)) * [3.0, 1.0]
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    points = np.pad(flat, [(0, 0), (0, 3)]) @ turn + 7.0
    found = plotting.Plane(points)(points)
    # An isometry of the plane: up to signs the same coordinates.
    np.testing.assert_allclose(
        np.abs(found.T @ found), np.abs(np.diag(np.diag(found.T @ found))), atol=1e-6
    )
    distances = np.linalg.norm(flat - flat.mean(axis=0), axis=1)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), distances)


def test_two_dimensions_keep_their_axes():
    points = np.array([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]])
    np.testing.assert_array_equal(plotting.Plane(points)(points), points)


@pytest.mark.parametrize("dims", [1, 2, 5])
def test_points_latents_and_curves_are_drawn(tmp_path, dims):
    values = np.random.default_rng(0).normal(size=(30, dims))
    plotting.save_points(values, tmp_path / "points.png", data=values + 1, title="t")
    plotting.save_latents(values, tmp_path / "latents.png", labels=np.arange(30) % 10)
    plotting.save_latents(values, tmp_path / "plain.png")
    plotting.save_curves({"a": ([1], [2.0]), "b": (range(30), range(30))}, tmp_path / "curves.png")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"points.png", "latents.png", "plain.png", "curves.png"}
    for name in names:
        assert np.asarray(Image.open(tmp_path / name)).std() > 1, f"{name} is blank"


def test_labels_have_their_names_or_a_bar(tmp_path, monkeypatch):
    """Floats would each have a line of the legend, which then left no room for the points."""
    drawn = []
    values, places = np.eye(4), np.arange(4) // 2

    @contextlib.contextmanager
    def kept(path, size):
        drawn.append(Figure().subplots())
        yield drawn[-1]

    monkeypatch.setattr(plotting.points, "figure", kept)
    plotting.save_latents(values, tmp_path / "a.png", places + 1, class_names=["a", "$b", "c" * 99])
    words = [text.get_text() for text in drawn[0].get_legend().get_texts()]
    assert words == [r"\$b", "c" * 19 + "…"]
    plotting.save_latents(values, tmp_path / "a.png", places / 3)
    assert drawn[1].get_legend() is None
    assert len(drawn[1].figure.axes) == 2


def test_no_global_state_is_touched(tmp_path):
    before = dict(matplotlib.rcParams), matplotlib.get_backend()
    plotting.save_latents(np.eye(2), tmp_path / "latents.png")
    assert (dict(matplotlib.rcParams), matplotlib.get_backend()) == before
