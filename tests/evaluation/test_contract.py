"""Every measure takes what `fit` takes, with the same meaning: bytes, batches and weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import scipy.special
import tensorflow as tf

import kfdiv
from kfdiv import evaluation
from kfdiv.evaluation.digit_network import untrained_network

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (12, 28, 28, 1)).astype("uint8")
X = BYTES / np.float32(255)
# How often each example counts; the third and the seventh do not.
W = np.array([1, 2, 0, 3, 1, 1, 0, 2, 1, 1, 1, 2])
OTHER = RNG.random((15, 28, 28, 1))


@dataclasses.dataclass(frozen=True)
class Measure:
    """How a measure is called.

    Args:
        call: on data, and on labels and weights beside arrays, or None.
        weighted: whether it is of all examples together, and weights count.
        pixels: whether bytes are scaled; otherwise they make no sense.
    """

    call: Callable[..., Any]
    weighted: bool = False
    pixels: bool = True


class Same:
    """Reconstructs what it is given."""

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        return x


def linear_pair() -> kfdiv.models.VAE:
    """A model whose posterior is so narrow that draws of it hardly differ."""
    network = kfdiv.networks.mlp
    encoder = kfdiv.distributions.Normal(network((28, 28, 1), [], 1), scale=1e-4)
    decoder = kfdiv.distributions.Normal(network((1,), [], (28, 28, 1)), scale=0.5)
    return kfdiv.models.VAE(encoder, decoder)


def annealing() -> evaluation.AnnealedImportanceSampling:
    sizes = {"num_temperatures": 3, "num_chains": 2, "leapfrog_steps": 1, "batch_size": 6}
    return evaluation.AnnealedImportanceSampling(MODEL, **sizes, jit_compile=False)


def inception(kind: type = evaluation.InceptionFeatures) -> Any:
    network = kind(weights=None)
    network._network = lambda images, training: tf.reduce_mean(images, axis=(1, 2))
    return network


def first_pixels(x: np.ndarray) -> np.ndarray:
    return np.reshape(x, (len(x), -1))[:, :3]


keras.utils.set_random_seed(0)
MODEL = linear_pair()
ANNEALING = annealing()
CLASSIFIER = evaluation.DigitClassifier(untrained_network())
# It gets five of twelve right.
Y = (CLASSIFIER.modes(X) + (np.arange(12) > 4)) % 10
IMAGES = kfdiv.data.Info("two images", modes=np.stack([0 * X[0], 1 + 0 * X[0]]), scale=0.3)
MEASURES = {
    "AnnealedImportanceSampling": Measure(lambda x, y, w: ANNEALING(x, sample_weight=w).log_prob),
    "DigitClassifier": Measure(lambda x, y, w: CLASSIFIER.features(x)),
    "InceptionClassifier": Measure(lambda x, y, w: inception(evaluation.InceptionClassifier)(x)),
    "InceptionFeatures": Measure(lambda x, y, w: inception()(x)),
    "bidirectional": Measure(
        lambda x, y, w: evaluation.bidirectional(MODEL, x, sample_weight=w).objective, weighted=True
    ),
    "frechet_between": Measure(
        lambda x, y, w: evaluation.frechet_between(x, OTHER, first_pixels, real_weight=w),
        weighted=True,
    ),
    "inception_score": Measure(
        lambda x, y, w: (
            evaluation.inception_score(
                x, lambda x: scipy.special.softmax(first_pixels(x), axis=1), sample_weight=w
            ).samples
        ),
        weighted=True,
    ),
    "kernel_distance": Measure(
        lambda x, y, w: evaluation.kernel_distance(x, OTHER, first_pixels, subset_size=6).samples
    ),
    "likeliest_mode": Measure(lambda x, y, w: evaluation.likeliest_mode(x, IMAGES), pixels=False),
    "marginal_kl": Measure(
        lambda x, y, w: (
            evaluation.marginal_kl(MODEL, x if y is None else (x, y, w), num_draws=50).kl
        ),
        weighted=True,
    ),
    "mode_within": Measure(lambda x, y, w: evaluation.mode_within(x, IMAGES, 80.0), pixels=False),
    "reconstruction_accuracy": Measure(
        lambda x, y, w: evaluation.reconstruction_accuracy(CLASSIFIER, Same(), x, y, w),
        weighted=True,
    ),
    "sample_diversity": Measure(lambda x, y, w: evaluation.sample_diversity(x).samples),
    "sharpness": Measure(lambda x, y, w: evaluation.sharpness(x)),
}
# Tested elsewhere, as they take features or take long.
OTHERS = {
    "Moments",
    "SandwichMeasure",
    "independent_critic",
    "independent_objective",
    "precision_recall",
    "sandwich",
}
NO_DATA = {
    # What measures return, or are made of.
    "AnnealedEstimate",
    "Bidirectional",
    "Compared",
    "Estimate",
    "IndependentCritic",
    "IndependentObjective",
    "MarginalKL",
    "ModeCoverage",
    "PrecisionRecall",
    "Surgery",
    "Posteriors",
    "Sandwich",
    # Of densities, moments or labels.
    "best_gaussian",
    "best_gaussian_2d",
    "divergence_1d",
    "divergence_2d",
    "frechet_distance",
    "mode_coverage",
}
WEIGHTED = [name for name, measure in MEASURES.items() if measure.weighted]


class Batches(keras.utils.PyDataset):
    def __init__(self, *parts: np.ndarray) -> None:
        super().__init__()
        self.parts = parts

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple:
        return tuple(part[5 * index :][:5] for part in self.parts)


def sliced(*parts: np.ndarray) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(parts).batch(5)


def test_no_measure_is_missing_from_the_table() -> None:
    assert {*MEASURES, *OTHERS, *NO_DATA} == set(evaluation.__all__)


@pytest.mark.parametrize("name", MEASURES)
def test_whatever_data_come_in_they_are_measured_like_an_array(name: str) -> None:
    measure = MEASURES[name]
    expected = measure.call(X, Y, None)
    assert np.isfinite(expected).all()
    close = {"rtol": 1e-4, "atol": 1e-6}
    for x in (tf.constant(X), *([BYTES, tf.constant(BYTES)] if measure.pixels else [])):
        np.testing.assert_allclose(measure.call(x, Y, None), expected, **close)
    for pixels in (X, *([BYTES] if measure.pixels else [])):
        generator = (batch for batch in [(pixels[:7], Y[:7]), (pixels[7:], Y[7:])])
        for x in (sliced(pixels, Y), Batches(pixels, Y), generator):
            np.testing.assert_allclose(measure.call(x, None, None), expected, **close)
    if not measure.pixels:
        with pytest.raises(TypeError, match="expected floats, which are no pixels"):
            measure.call(BYTES, Y, None)
    with pytest.raises(ValueError, match=r"without an end"):
        measure.call(sliced(X, Y).repeat(), None, None)
    with pytest.raises(TypeError, match="dtype int64; expected floats"):
        measure.call(BYTES.astype(int), Y, None)


@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_are_repeated_examples(name: str) -> None:
    measure = MEASURES[name]
    repeated = measure.call(np.repeat(X, W, axis=0), np.repeat(Y, W), None)
    plain = measure.call(X, Y, None)
    for found in (
        measure.call(X, Y, W),
        measure.call(sliced(X, Y, W.astype("float32")), None, None),
        measure.call(Batches(X, Y, W), None, None),
    ):
        # Of an estimate the value; repeated examples are no independent ones.
        found, expected, other = (np.ravel(value)[0] for value in (found, repeated, plain))
        assert found == pytest.approx(expected, rel=1e-6)
        assert found != pytest.approx(other, rel=1e-5)


@pytest.mark.parametrize("name", WEIGHTED)
def test_an_example_of_weight_zero_is_not_there(name: str) -> None:
    measure = MEASURES[name]
    broken, kept = X.copy(), W > 0
    broken[~kept] = np.nan
    expected = measure.call(X[kept], Y[kept], W[kept])
    np.testing.assert_array_equal(measure.call(broken, Y, W), expected)
    found = measure.call(sliced(broken, Y, W.astype("float32")), None, None)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(ValueError, match=f"{784 * 2} of .* values not finite"):
        measure.call(broken, Y, W + 1)
