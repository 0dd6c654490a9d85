"""Two bounds that are followed while a model trains."""

import numpy as np
import pytest
from PIL import Image

import kfdiv
from kfdiv import callbacks


class Closing:
    """Bounds that close in with the model's steps."""

    def __init__(self):
        self.calls = 0

    def __call__(self, model):
        self.calls += 1
        self.gap = 1 / self.calls
        self.steps = int(model.step.numpy())
        return self

    def figures(self):
        found = {"lower": 1 - self.gap, "upper": 1 + self.gap, "width": 0.5}
        return found | {"lower_se": 0.01, "upper_se": 0.02 * self.steps}


def test_it_is_measured_logged_and_drawn(model, dataset, tmp_path):
    measure = Closing()
    interval = callbacks.Interval(tmp_path / "interval.png", measure, every=2)
    for _ in range(2):  # A second training begins a new record.
        model.step.assign(0)
        history = model.fit(dataset, epochs=5, verbose=0, callbacks=[interval]).history
        assert [entry.epoch for entry in interval.history] == [2, 4, 5]
    assert measure.calls == 6
    assert [round(entry.upper_se, 2) for entry in interval.history] == [0.16, 0.32, 0.4]
    # What is not measured anew stands; before the first measurement there is nothing.
    assert history["interval/lower"] == pytest.approx([1 - 1 / 4, 1 - 1 / 4, 1 - 1 / 5, 1 - 1 / 6])
    assert set(history) >= {f"interval/{name}" for name in ("lower_se", "upper", "upper_se")}
    assert np.asarray(Image.open(tmp_path / "interval.png")).std() > 0


@pytest.mark.rehearsal
def test_a_measure_that_trains_does_not_change_training(restart, dataset, tmp_path):
    model = restart()
    model.fit(dataset, epochs=2, verbose=0)
    plain = model.get_weights()
    measure = kfdiv.evaluation.SandwichMeasure(
        dataset, "js", steps=3, num_samples=40, jit_compile=False
    )
    interval = callbacks.Interval(tmp_path / "interval.png", measure)
    model = restart()
    model.fit(dataset, epochs=2, verbose=0, callbacks=[interval])
    for expected, watched in zip(plain, model.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, watched)
    first, second = interval.history
    assert first.upper > first.lower - 3 * first.lower_se
    # The draws of the second measurement are others.
    assert first.lower != second.lower


def test_a_path_or_a_measure_that_cannot_be_is_refused_at_once(tmp_path):
    with pytest.raises(ValueError, match=r"path must be that of a picture, such as run/a\.png"):
        callbacks.Interval(tmp_path / "noext", lambda model: None)
    with pytest.raises(TypeError, match="measure must be a function of the model"):
        callbacks.Interval(tmp_path / "a.png", "js")
