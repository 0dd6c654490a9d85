"""What a model makes of each class of its images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

import kfdiv
from kfdiv.evaluation import sharpness

# A class whose share of the samples is below this part of its share of the data is not covered.
LEAST_SHARE = 0.1


class Examples(NamedTuple):
    """Images without and with noise, and their classes."""

    clean: np.ndarray
    noised: np.ndarray
    labels: np.ndarray


class ClassMeasures:
    """Measures a model of noised images class by class; the nearest known image tells the class.

    Args:
        known: examples that classes are told by.
        test: examples to measure on.
        num_samples: samples to measure.
    """

    def __init__(self, known: Examples, test: Examples, num_samples: int) -> None:
        self.test = test
        self.num_samples = num_samples
        self._nearest = KNeighborsClassifier(1).fit(_flat(known.clean), known.labels)
        self.num_classes = int(known.labels.max()) + 1
        self.weights = self._shares(test.labels)
        by_class = [test.clean[test.labels == label] for label in range(self.num_classes)]
        self._sharpness = np.array([sharpness(images).mean() for images in by_class])
        self.accuracy = float((self.classify(test.clean) == test.labels).mean())

    def classify(self, images: np.ndarray) -> np.ndarray:
        """Return the class of the nearest known image."""
        return self._nearest.predict(_flat(images))

    def share(self, model: kfdiv.models.FGM) -> dict[str, float]:
        """Return each class's share of samples."""
        return _by_label(self._shares(self.classify(self._samples(model))))

    def log_density(self, model: kfdiv.models.FGM) -> dict[str, float]:
        """Return each class's mean log p_eta, in nats."""
        values = model.density.log_prob(self.test.noised).numpy()
        return _by_label(
            [values[self.test.labels == label].mean() for label in range(self.num_classes)]
        )

    def __call__(self, model: kfdiv.models.FGM) -> dict[str, float]:
        """Return the measures of a trained model."""
        samples = self._samples(model)
        again = model.reconstruct(self.test.noised).numpy()
        labels = self.classify(samples)
        bound = model.evaluate(self.test.noised, verbose=0, return_dict=True)
        coverage = kfdiv.evaluation.mode_coverage(labels, self.weights)
        least = LEAST_SHARE * self.weights * len(labels)
        return {
            "classes_covered": int((coverage.counts >= least).sum()),
            "reverse_kl": coverage.reverse_kl,
            "sharpness": float(np.mean(sharpness(samples) / self._sharpness[labels])),
            "reconstruction_error": float(np.square(again - self.test.clean).mean()),
            "reconstructions_of_their_class": float(
                (self.classify(again) == self.test.labels).mean()
            ),
            "log_density": float(model.density.log_prob(self.test.noised).numpy().mean()),
            "lower_bound": bound["lower_bound"],
            "lower_bound_se": bound["lower_bound_se"],
        }

    def _samples(self, model: kfdiv.models.FGM) -> np.ndarray:
        return model.sample(self.num_samples, seed=1).numpy()

    def _shares(self, labels: np.ndarray) -> np.ndarray:
        return np.bincount(labels, minlength=self.num_classes) / len(labels)


def _by_label(values: np.ndarray | list[float]) -> dict[str, float]:
    return {str(label): float(value) for label, value in enumerate(values)}


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)
