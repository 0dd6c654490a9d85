import numpy as np
import pytest

from kfdiv.networks import NoiseInjection


@pytest.mark.parametrize(
    ("features", "noise"),
    [((4, 5, 3), (4, 5, 1)), ((4, 5, 3), (4, 5, 3)), ((6,), (6,)), ((6,), (1,))],
)
def test_it_adds_weighted_noise_from_nothing_on(features, noise):
    rng = np.random.default_rng(0)
    h = rng.normal(size=(2, *features)).astype("float32")
    epsilon = rng.normal(size=(2, *noise)).astype("float32")
    layer = NoiseInjection()
    np.testing.assert_array_equal(layer([h, epsilon]), h)
    weight = rng.normal(size=features).astype("float32")
    layer.set_weights([weight])
    np.testing.assert_allclose(layer([h, epsilon]), h + weight * epsilon, rtol=1e-6)


@pytest.mark.parametrize("noise", [(4, 4, 1), (4, 5, 2), (5, 1), (4, 5)])
def test_noise_that_does_not_fit_is_refused(noise):
    with pytest.raises(ValueError, match=r"noise of shape .*for example \(4, 5, 1\)"):
        NoiseInjection()([np.zeros((2, 4, 5, 3)), np.zeros((2, *noise))])
