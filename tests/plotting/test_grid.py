import numpy as np
import pytest
from PIL import Image

from kfdiv import plotting


def test_every_pixel_is_where_it_belongs():
    images = np.arange(5 * 2 * 3, dtype=np.float32).reshape(5, 2, 3, 1) / 29
    grid = plotting.image_grid(images, columns=3, padding=2)
    assert grid.shape == (2 * 4 + 2, 3 * 5 + 2, 1)
    fourth = grid[2 + 4 : 2 + 4 + 2, 2 : 2 + 3]
    np.testing.assert_array_equal(fourth, np.rint(255 * images[3]))
    # Padding, and the place of the sixth image that there is none of, are white.
    assert (grid[:2] == 255).all()
    assert (grid[6:8, 12:15] == 255).all()


@pytest.mark.parametrize(("value_range", "middle"), [((0, 1), 0.5), ((-1, 1), 0.0)])
def test_values_beyond_the_range_are_clipped(value_range, middle):
    images = np.array([-9.0, 9.0, middle]).reshape(3, 1, 1, 1)
    grid = plotting.image_grid(images, 3, value_range, padding=0)
    assert grid.ravel().tolist() == [0, 255, 128]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_file_is_enlarged_by_a_whole_factor(tmp_path, channels):
    images = np.random.default_rng(0).random((4, 8, 8, channels))
    plotting.save_grid(images, tmp_path / "grid.png", least_side=100)
    picture = np.asarray(Image.open(tmp_path / "grid.png"))
    factor = 6  # of 19 pixels to 100
    assert picture.shape[:2] == (19 * factor, 19 * factor)
    small = picture[::factor, ::factor].reshape(19, 19, channels)
    np.testing.assert_array_equal(small, plotting.image_grid(images))


@pytest.mark.parametrize("shape", [(0, 8, 8, 1), (8, 8), (2, 8, 8, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="must have shape"):
        plotting.image_grid(np.zeros(shape))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": 0}, "columns must be an integer of at least 1, but got 0"),
        ({"padding": -1}, "padding must be an integer of at least 0, but got -1"),
        ({"value_range": (1, 0)}, r"value_range must be \(low, high\) with low < high"),
    ],
)
def test_what_is_out_of_bounds_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plotting.image_grid(np.zeros((2, 4, 4, 1)), **options)
