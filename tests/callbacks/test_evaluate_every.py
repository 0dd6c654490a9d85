"""Measures as a callback of fit."""

import numpy as np
import pytest

from kfdiv import callbacks, evaluation


def test_figures_reach_the_history_and_the_tables_after_it(model, dataset, tmp_path):
    steps = []

    def measure(model):
        steps.append(int(model.step.numpy()))
        return {"step": steps[-1], "half": steps[-1] / 2}

    log = callbacks.EpochLog(tmp_path / "log.csv")
    measures = {"a": measure, "b": lambda model: float(model.step.numpy())}
    evaluate = callbacks.EvaluateEvery(measures, every=3)
    curves = callbacks.Curves(tmp_path / "curves.png", log)
    history = model.fit(dataset, epochs=5, verbose=0, callbacks=[evaluate, log, curves]).history
    # Four steps an epoch: measured after the first, the third and the last.
    assert steps == [4, 12, 20]
    assert history["a/step"] == history["b"] == [4, 4, 12, 12, 20]
    assert history["a/half"] == [2, 2, 6, 6, 10]
    assert [row["b"] for row in log.rows] == history["b"]
    # A second fit begins anew: after epochs 1, 3, 6 and 7.
    model.fit(dataset, epochs=7, verbose=0, callbacks=[evaluate])
    assert steps[3:] == [24, 32, 44, 48]


def test_measuring_does_not_change_training(restart, dataset):
    def distance(model):
        real, samples = next(iter(dataset))[0], model.sample(50, seed=1)
        return evaluation.frechet_between([real], [samples])

    model = restart()
    model.fit(dataset, epochs=2, verbose=0)
    plain = model.get_weights()
    evaluate = callbacks.EvaluateEvery({"distance": distance})
    history = restart().fit(dataset, epochs=2, verbose=0, callbacks=[evaluate]).history
    assert np.isfinite(history["distance"]).all()
    for expected, measured in zip(plain, model.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, measured)


def test_every_must_be_positive():
    with pytest.raises(ValueError, match="positive number of epochs"):
        callbacks.EvaluateEvery({}, every=0)
