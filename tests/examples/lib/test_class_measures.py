import numpy as np
import pytest

from examples.lib.class_measures import ClassMeasures, Examples


def images(values):
    """Images of 4 x 4 with a bright pixel, in the value of their class."""
    x = np.zeros((len(values), 4, 4, 1), "float32")
    x[:, 1, 1, 0] = values
    return x


class Array(np.ndarray):
    def numpy(self):
        return np.asarray(self)


class Density:
    def log_prob(self, x):
        return x[:, 1, 1, 0].view(Array)


class Model:
    """Draws class 1 alone, and makes class 1 of everything."""

    density = Density()

    def sample(self, num, seed):
        return images(np.ones(num)).view(Array)

    def reconstruct(self, x):
        return self.sample(len(x), seed=0)

    def evaluate(self, x, verbose, return_dict):
        return {"lower_bound": 0.25, "lower_bound_se": 0.5}


LABELS = np.array([0, 1, 1, 2])


def test_a_model_of_one_class_alone():
    known = Examples(images(LABELS), images(LABELS), LABELS)
    measures = ClassMeasures(known, Examples(images(LABELS), images(LABELS), LABELS), 8)
    assert measures.accuracy == 1
    assert measures.share(Model()) == {"0": 0, "1": 1, "2": 0}
    assert measures.log_density(Model()) == {"0": 0, "1": 1, "2": 2}
    found = measures(Model())
    assert found["classes_covered"] == 1
    assert found["reverse_kl"] == pytest.approx(np.log(2))
    assert found["sharpness"] == pytest.approx(1)
    assert found["reconstructions_of_their_class"] == 0.5
    assert found["reconstruction_error"] == pytest.approx(0.5 / 16)
    assert found["log_density"] == 1
    assert found["lower_bound"] == 0.25
