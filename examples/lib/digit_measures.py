"""How sharp images of digits are, and how precisely and widely they meet real ones."""

from __future__ import annotations

import numpy as np

import kfdiv
from examples.lib import batches

TEST_IMAGES = 10_000


class DigitMeasures:
    """Measures images against test images of MNIST, in the features of a classifier.

    Args:
        count: how many images are compared; as many are to be measured, because precision and
            recall depend on the numbers of both.
        neighbors: k of precision and recall.
        folder: where the classifier is kept; it is trained if it is not there.
        data_dir: folder of prepared TensorFlow Datasets.

    Attributes:
        accuracy: share of all test images that the classifier gets right.
        test: the test images.
        train: as many training images.
    """

    def __init__(self, count: int, neighbors: int, folder: str, data_dir: str | None) -> None:
        self._classifier = kfdiv.evaluation.DigitClassifier.load_or_train(folder, data_dir=data_dir)
        test, train = (
            kfdiv.data.load("mnist", split, data_dir=data_dir).stream for split in ("test", "train")
        )
        images, labels = batches.first(test, TEST_IMAGES)
        self.accuracy = float((self._classifier.modes(images) == labels).mean())
        self.test = images[:count]
        self.train = batches.first(train, count)[0]
        self.neighbors = neighbors
        self._of_test = self._features(self.test)

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        """Return sharpness, precision and recall of a set of images."""
        scores = kfdiv.evaluation.precision_recall(
            self._of_test, self._features(images), k=self.neighbors
        )
        return {
            "sharpness": float(kfdiv.evaluation.sharpness(images).mean()),
            "precision": scores.precision,
            "recall": scores.recall,
        }

    def _features(self, images: np.ndarray) -> np.ndarray:
        """Return features of unit length: a blurred image's are small, and near to everything."""
        features = self._classifier.features(images).astype(np.float64)
        norms = np.linalg.norm(features, axis=1, keepdims=True)
        # An image that excites nothing stays at zero.
        return features / np.maximum(norms, np.finfo(np.float64).tiny)
