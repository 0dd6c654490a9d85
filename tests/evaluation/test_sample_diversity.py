"""1 - MS-SSIM, against a SciPy implementation of the paper's formula."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import ndimage, signal

from kfdiv import evaluation

WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
RNG = np.random.default_rng(0)


def ms_ssim(x: np.ndarray, y: np.ndarray, scales: int) -> float:
    """Wang et al. 2003, eq. 7, on grey images in [0, 1]: window 11, sigma 1.5, K .01 and .03."""
    ramp = np.arange(11) - 5
    window = np.exp(-(ramp[:, None] ** 2 + ramp**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(values: np.ndarray) -> np.ndarray:
        return signal.convolve2d(values, window, mode="valid")

    total, exponents = 1.0, WEIGHTS[:scales] / WEIGHTS[:scales].sum()
    for k, exponent in enumerate(exponents):
        a, b = mean(x), mean(y)
        spread = mean(x * x) + mean(y * y) - a * a - b * b
        term = (2 * (mean(x * y) - a * b) + 0.03**2) / (spread + 0.03**2)
        if k + 1 == scales:
            term = term * (2 * a * b + 0.01**2) / (a * a + b * b + 0.01**2)
        total *= max(term.mean(), 0.0) ** exponent
        x, y = (ndimage.uniform_filter(one, 2, origin=-1)[::2, ::2] for one in (x, y))
    return total


def smooth(num: int, side: int) -> np.ndarray:
    """Images that have something in common, at all scales."""
    noise = ndimage.gaussian_filter(RNG.normal(size=(num, side, side)), (0, 3, 3))
    ramp = np.linspace(0, 1, side)
    return np.clip(0.6 * ramp[:, None] + 0.2 + 0.5 * noise, 0, 1)[..., None]


@pytest.mark.parametrize(("side", "scales"), [(16, 1), (28, 2), (33, 2), (45, 3), (64, 3)])
def test_it_is_the_paper_s_formula_at_as_many_scales_as_fit(side: int, scales: int) -> None:
    images = smooth(4, side)
    # All that can be partners, in either of three ways.
    of = [1.0 - ms_ssim(x[..., 0], y[..., 0], scales) for x, y in itertools.combinations(images, 2)]
    pairings = [(of[0] + of[5]) / 2, (of[1] + of[4]) / 2, (of[2] + of[3]) / 2]
    found = evaluation.sample_diversity(images).samples
    (expected,) = (one for one in pairings if one == pytest.approx(found.value, rel=1e-4))
    assert 0.02 < expected < 0.98
    scaled = evaluation.sample_diversity(2 * images - 1, value_range=(-1, 1), scales=scales).samples
    assert scaled.value == pytest.approx(expected, rel=1e-4)
    with pytest.raises(ValueError, match=rf"scales must be at most {scales} .* but got 4"):
        evaluation.sample_diversity(images, scales=4)


def test_copies_have_none_and_noise_much() -> None:
    noise = RNG.random((40, 28, 28, 3))
    found = evaluation.sample_diversity(np.repeat(noise[:1], 6, axis=0), real=noise)
    assert found.samples == (pytest.approx(0.0, abs=1e-5), pytest.approx(0.0, abs=1e-5))
    assert found.data.value > 0.9
    # As the paper shows of a noised test set, noise raises it; it takes pixels out of the range.
    images = smooth(40, 28)
    plain = evaluation.sample_diversity(images + RNG.normal(0, 0.1, images.shape), real=images)
    assert plain.samples.value > plain.data.value + 4 * plain.data.standard_error


def test_every_image_is_in_one_random_pair_by_the_seed() -> None:
    images = smooth(12, 16)
    found = [evaluation.sample_diversity(images, seed=seed).samples for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    pairs = np.array([[1 - ms_ssim(a[..., 0], b[..., 0], 1) for a in images] for b in images])
    # The mean over all pairs of two different images is what is estimated.
    mean = pairs.sum() / (12 * 11)
    assert found[0].value == pytest.approx(mean, abs=4 * found[0].standard_error)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((4, 10, 28, 1)), "10 x 28 pixels are too small for MS-SSIM, whose window has 11"),
        (np.zeros((4, 28, 28)), r"of shape \(images, height, width, channels\)"),
        (np.zeros((3, 28, 28, 1)), "must be four or more"),
        (-np.ones((4, 28, 28, 1)), r"go from -1 to -1, far out of the value_range \(0.0, 1.0\)"),
    ],
)
def test_what_cannot_be_measured_is_refused(images: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluation.sample_diversity(images)
    with pytest.raises(ValueError, match=r"one shape|images must|images go|too small"):
        evaluation.sample_diversity(images, real=np.zeros((4, 32, 32, 1)))


def test_weights_are_refused() -> None:
    batches = [(smooth(2, 16), np.zeros(2), np.array([1.0, 2.0]))]
    with pytest.raises(ValueError, match="weights from 1 to 2, but diversity is of pairs"):
        evaluation.sample_diversity(lambda: iter(batches))
