import numpy as np
import pytest
from scipy import ndimage

from kfdiv import evaluation


def test_it_is_the_variance_of_the_laplacian():
    images = np.random.default_rng(0).random((3, 9, 7, 2))
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])[:, :, None]
    expected = [ndimage.convolve(image, kernel)[1:-1, 1:-1].var() for image in images]
    np.testing.assert_allclose(evaluation.sharpness(images), expected, rtol=1e-12)


def test_a_slope_has_none():
    slope = np.broadcast_to(np.linspace(0, 1, 8)[None, :, None, None], (2, 8, 8, 1))
    np.testing.assert_allclose(evaluation.sharpness(slope), 0.0, atol=1e-25)


def test_the_wider_the_blur_the_lower_it_is():
    squares = np.zeros((4, 28, 28, 1))
    squares[:, 8:20, 8:20] = 1.0
    blurred = [ndimage.gaussian_filter(squares, (0, width, width, 0)) for width in (0, 0.5, 1, 2)]
    values = [evaluation.sharpness(images).mean() for images in blurred]
    assert sorted(values, reverse=True) == values


@pytest.mark.parametrize("shape", [(28, 28, 1), (5, 2, 28, 1)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="batch, height, width, channels"):
        evaluation.sharpness(np.zeros(shape))
