"""How sharp images of digits are, and how precisely and widely they meet real ones."""

from __future__ import annotations

import numpy as np

import kfdiv
from examples.lib import batches, digit_features


class DigitMeasures:
    """Measures images against test images of MNIST, in the features of a classifier.

    Args:
        count: how many images are compared; as many are to be measured, because precision and
            recall depend on the numbers of both.
        neighbors: k of precision and recall.
        classifier: the file of the classifier; it is trained if it is not there.
        data_dir: folder of prepared TensorFlow Datasets.

    Attributes:
        accuracy: share of all test images that the classifier gets right.
        test: the test images.
        train: as many training images.
    """

    def __init__(self, count: int, neighbors: int, classifier: str, data_dir: str | None) -> None:
        self._classifier = digit_features.load_or_train(classifier, data_dir=data_dir)
        self.accuracy = digit_features.accuracy(self._classifier, data_dir=data_dir)
        test, train = (
            kfdiv.data.load("mnist", split, data_dir=data_dir).stream for split in ("test", "train")
        )
        self.test = batches.first(test, count)[0]
        self.train = batches.first(train, count)[0]
        self.neighbors = neighbors
        self._of_test = digit_features.features(self._classifier, self.test)

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        """Return sharpness, precision and recall of a set of images."""
        features = digit_features.features(self._classifier, images)
        scores = kfdiv.evaluation.precision_recall(self._of_test, features, k=self.neighbors)
        return {
            "sharpness": float(kfdiv.evaluation.sharpness(images).mean()),
            "precision": scores.precision,
            "recall": scores.recall,
        }
