"""Images of two pixel ranges are not compared, whatever they are compared by."""

import numpy as np
import pytest

import kfdiv
from kfdiv import evaluation
from kfdiv.evaluation.digit_network import untrained_network

RNG = np.random.default_rng(0)
IMAGES = RNG.random((20, 4, 4, 1)).astype("float32")
OTHER = RNG.random((20, 4, 4, 1)).astype("float32")


def sure(x):
    """A classifier that does not say what pixels it takes."""
    return np.eye(2)[(x.mean(axis=(1, 2, 3)) > 0.5).astype(int)]


MEASURES = {
    "kernel_distance": lambda x, y: evaluation.kernel_distance(x, y, subset_size=5),
    "kernel_distance, test": lambda x, y: evaluation.kernel_distance(x, x, test=y, subset_size=5),
    "frechet_between": evaluation.frechet_between,
    "inception_score": lambda x, y: evaluation.inception_score(x, sure, real=y),
    "sample_diversity": lambda x, y: evaluation.sample_diversity(
        *(np.repeat(np.repeat(one, 4, 1), 4, 2) for one in (x, y))
    ),
}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_two_pixel_ranges_are_refused(measure):
    measure(IMAGES, OTHER)
    # Noise takes pixels out of their range.
    measure(IMAGES, OTHER + 0.1 * RNG.normal(size=OTHER.shape))
    for other in (255 * OTHER, 2 * OTHER - 1):
        with pytest.raises(ValueError, match=r"go from .*(two ranges|far out of the value_range)"):
            measure(IMAGES, other)


@pytest.mark.parametrize("name", ["kernel_distance", "frechet_between"])
def test_what_may_be_a_bad_model_s_is_measured(name):
    measure = MEASURES[name]
    for other in (-5 * OTHER, 30 * RNG.normal(size=OTHER.shape), 0 * OTHER, 9 * OTHER):
        measure(IMAGES, other)
    # What are no images has no pixels.
    measure(IMAGES[:, 0, 0], 255 * OTHER[:, 0, 0])


def test_the_range_that_a_network_says_it_takes_is_held_against_pixels():
    classifier = evaluation.DigitClassifier(untrained_network())
    digits = RNG.random((12, 28, 28, 1)).astype("float32")
    message = r"images go from .*range \(0\.0, 1\.0\) that .*value_range=\(0, 255\)"
    with pytest.raises(ValueError, match=message):
        evaluation.inception_score(255 * digits, classifier.probabilities)
    with pytest.raises(ValueError, match=r"real go from .*range \(0\.0, 1\.0\)"):
        evaluation.frechet_between(2 * digits - 1, digits, classifier.features)
    with pytest.raises(ValueError, match=r"generated go from .*range \(0\.0, 1\.0\)"):
        evaluation.kernel_distance(digits, 255 * digits, classifier.features, subset_size=4)
    evaluation.frechet_between(digits, digits, classifier.features)
    assert kfdiv.evaluation.inception_score(digits, classifier.probabilities).data is None
