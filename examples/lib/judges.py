"""What samples of a data set are classified and compared by."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import kfdiv
from examples.lib.image_features import ImageFeatures

Function = Callable[[Any], np.ndarray]


class Judge(NamedTuple):
    """Networks that look at images.

    Attributes:
        features: of a batch, for distances, `(batch, dims)`.
        classified: what the classifier is asked about, of a batch of images.
        classifier: of the inception score, to probabilities `(batch, classes)`; None for want of
            one.
        modes: which mode of the data an image shows, or None where these are not known.
        num_modes: how many there are; 0 likewise.
        description: what features and classes are by.
    """

    features: Function
    classified: Function
    classifier: Function | None
    modes: Function | None
    num_modes: int
    description: str


def one_channel(images: np.ndarray) -> np.ndarray:
    """Return of each image one channel, in turn, as a grey image.

    All channels at once would be more images, but not independent ones, and standard errors are of
    independent ones.

    Example:
        >>> one_channel(np.arange(12).reshape(4, 1, 1, 3)).ravel().tolist()
        [0, 4, 8, 9]
    """
    index = np.arange(len(images))
    return images[index, ..., index % images.shape[-1]][..., None]


def of_digits(
    folder: str | os.PathLike[str],
    value_range: tuple[float, float],
    source: str = "mnist",
    data_dir: str | None = None,
    least_accuracy: float = 0.99,
) -> Judge:
    """Return the judge of stacked digits: a classifier of the ten digits, kept in a folder.

    Features are those of all channels side by side, scaled to a mean square of one, as else an
    image that excites little is near to all. Modes are the thousand triples of digits. The
    inception score is of digits in single channels, at most 10: of triples, at most 1,000, it would
    be biased by as many classes as a sample has hundreds of images.

    Args:
        folder: where the classifier is kept; it is trained if it is not there.
        value_range: of the pixels.
        source: of the digits.
        data_dir: folder of prepared TensorFlow Datasets.
        least_accuracy: share of the test images that it must get right.
    """
    found = kfdiv.evaluation.DigitClassifier.load_or_train(
        folder, value_range, source, least_accuracy, data_dir=data_dir
    )

    def features(images: np.ndarray) -> np.ndarray:
        given = found.features(images).astype(np.float64)
        size = np.sqrt(np.square(given).mean(axis=1, keepdims=True))
        # An image that excites nothing stays at zero.
        return given / np.maximum(size, np.finfo(np.float64).tiny)

    description = f"a classifier of {source}'s digits, one channel of each image for the score"
    return Judge(features, one_channel, found.probabilities, found.modes, 1_000, description)


def of_photographs(value_range: tuple[float, float], inception_weights: str | None) -> Judge:
    """Return the judge of photographs: Inception-v3, or thumbnails and no score for want of it.

    Args:
        value_range: of the pixels.
        inception_weights: "imagenet", to download them; None for thumbnails.
    """
    features = ImageFeatures(value_range, inception_weights)
    classifier = None
    if inception_weights is not None:
        network = kfdiv.evaluation.InceptionClassifier(value_range, inception_weights)
        try:
            network(np.zeros((1, 8, 8, 3), np.float32))
            classifier = network
        except OSError:
            # The features' description says so.
            classifier = None
    return Judge(features, lambda images: images, classifier, None, 0, features.description)
