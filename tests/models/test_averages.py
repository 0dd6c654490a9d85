"""Averages of weights: what they are, and that a model is used by them."""

from __future__ import annotations

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv.runs.estimate import BoundEstimator
from tests.models import contract
from tests.models.contract import by_the_shared_step, each
from tests.models.test_contract import Kill

EAGER = contract.MODES["eager"]
MOMENTUM = 0.2


class Record(keras.callbacks.Callback):
    """Keeps the weights that are averaged, as they are after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[list[np.ndarray]] = []

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        layers = [self.model.decoder, self.model.encoder, self.model.prior]
        self.taken.append([w.numpy() for layer in layers for w in layer.weights])


def averages(model: keras.Model) -> list[np.ndarray]:
    """Return the averages, read where they are used."""
    layers = [model.decoder, model.encoder, model.prior]
    with model.averaged_weights():
        return [w.numpy() for layer in layers for w in layer.weights]


def trained(name: str = "vae", steps: int = 3, **options: object) -> keras.Model:
    model = contract.build(name, **{**EAGER, "ema": MOMENTUM, **options})
    model.fit(contract.dataset(steps), verbose=0)
    return model


@by_the_shared_step
def test_an_average_is_what_numpy_makes_of_the_weights(name: str) -> None:
    model = contract.build(name, ema=MOMENTUM, **EAGER)
    record = Record()
    model.fit(contract.dataset(steps=4), verbose=0, callbacks=[record])
    expected = record.taken[0]
    for k, weights in enumerate(record.taken[1:], start=2):
        momentum = min(MOMENTUM, (k - 1) / (k + 9))
        expected = [
            momentum * a + (1 - momentum) * w for a, w in zip(expected, weights, strict=True)
        ]
    for a, b in zip(expected, averages(model), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
    # And the weights are those of a training without.
    other = contract.build(name, **EAGER)
    other.fit(contract.dataset(steps=4), verbose=0)
    np.testing.assert_array_equal(record.taken[-1][0], other.decoder.weights[0].numpy())


@by_the_shared_step
def test_a_model_is_used_by_the_averages(name: str) -> None:
    """It draws, infers, and is evaluated, as one does whose weights they are."""
    model = contract.build(name, ema=MOMENTUM, **EAGER)
    other = contract.build(name, **EAGER)
    x = tf.constant(contract.examples()[:5])
    before = model.sample(4).numpy()
    model.averages.update()
    np.testing.assert_array_equal(model.sample(4), before)
    for weight in [*model.decoder.weights, *model.encoder.weights]:
        weight.assign(weight + 0.1)
    model.averages.update()
    values = averages(model)
    for layer in (other.decoder, other.encoder, other.prior):
        layer.set_weights(values[: len(layer.weights)])
        values = values[len(layer.weights) :]
    results = [
        [
            one.sample(4, observation_noise=True),
            one.encode(x, seed=1),
            one.reconstruct(x),
            one.decode(tf.ones((2, contract.LATENT))),
            one(x),
            one.test_step(x)["loss"],
        ]
        for one in (model, other)
    ]
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)
    model.use_ema = False
    assert not np.allclose(model.sample(4), before, atol=1e-3)


def test_without_there_are_none(tmp_path: pathlib.Path) -> None:
    model = contract.build("vae", **EAGER)
    assert model.averages.weights == []
    assert not model.use_ema
    with pytest.raises(ValueError, match=r"use_ema=True needs .* compile\(ema=0.999\)"):
        model.use_ema = True
    with pytest.raises(ValueError, match=r"ema must be None, or a momentum .* but got 1"):
        model.compile(ema=1)
    # Files of before load, and their weights are what is averaged from then on.
    model.save_weights(tmp_path / "old.weights.h5")
    later = trained()
    later.load_weights(tmp_path / "old.weights.h5")
    np.testing.assert_array_equal(later.sample(3), model.sample(3))
    # What keeps no averages has no use for those of a file.
    later = trained()
    later.save_weights(tmp_path / "new.weights.h5")
    model.load_weights(tmp_path / "new.weights.h5")
    later.use_ema = False
    np.testing.assert_array_equal(later.sample(3), model.sample(3))


def test_averages_are_saved_with_the_model(tmp_path: pathlib.Path) -> None:
    model = trained()
    model.save(tmp_path / "model.keras")
    expected = model.sample(3).numpy()
    for compile in (True, False):
        loaded = keras.saving.load_model(tmp_path / "model.keras", compile=compile)
        assert loaded.use_ema
        np.testing.assert_array_equal(loaded.sample(3), expected)
    # Averages of a model that is compiled with them go on, and else have an end.
    loaded.compile(ema=0.9, **EAGER)
    np.testing.assert_array_equal(loaded.sample(3), expected)
    loaded.compile(**EAGER)
    model.use_ema = False
    np.testing.assert_array_equal(loaded.sample(3), model.sample(3))
    loaded.compile(ema=0.9, **EAGER)
    np.testing.assert_array_equal(loaded.sample(3), model.sample(3))


@by_the_shared_step
@pytest.mark.rehearsal
def test_a_killed_run_with_averages_resumes_bit_for_bit(name: str, tmp_path: pathlib.Path) -> None:
    def run(*callbacks: keras.callbacks.Callback) -> list[np.ndarray]:
        model = contract.build(name, ema=MOMENTUM, **EAGER)
        model.fit(contract.dataset(steps=3), verbose=0, callbacks=list(callbacks))
        return contract.weights(model)

    with pytest.raises(KeyboardInterrupt):
        run(kfdiv.callbacks.ExactResume(tmp_path, every=1), Kill(2))
    resumed = run(kfdiv.callbacks.ExactResume(tmp_path, every=1))
    for a, b in zip(run(), resumed, strict=True):
        np.testing.assert_array_equal(a, b)


def test_statistics_of_batches_are_averaged_with_the_weights() -> None:
    parts = contract.networks("vae")
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    network.add(keras.layers.BatchNormalization())
    parts["decoder"] = kfdiv.distributions.Normal(network, scale=0.5)
    model = contract.construct("vae", parts)
    model.compile(ema=MOMENTUM, **EAGER)
    record = Record()
    model.fit(contract.dataset(steps=3), verbose=0, callbacks=[record])
    mean = network.layers[-1].moving_mean
    place = [id(w) for w in model.decoder.weights].index(id(mean))
    first, second, third = (taken[place] for taken in record.taken)
    second = first / 11 + second * 10 / 11
    expected = second * 2 / 12 + third * 10 / 12
    np.testing.assert_allclose(averages(model)[place], expected, rtol=1e-5)
    with model.averaged_weights():
        plain = model.evaluate(contract.examples(), verbose=0)
        sample = model.sample(3).numpy()
    assert model.evaluate(contract.examples(), verbose=0) == plain
    np.testing.assert_array_equal(model.sample(3), sample)


def test_studies_see_the_averages() -> None:
    x = contract.examples()[:20]
    model, results = trained(), []
    for used in (True, False, True):
        model.use_ema = used
        parts = contract.networks("vae")
        copy = contract.construct("vae", parts)
        with model.averaged_weights():
            for a, b in ((copy.decoder, model.decoder), (copy.encoder, model.encoder)):
                a.set_weights(b.get_weights())
        results.append([kfdiv.evaluation.Posteriors(one, x).rows for one in (model, copy)])
    for own, expected in results:
        np.testing.assert_array_equal(own, expected)
    assert not np.allclose(results[0][0], results[1][0])
    figures = BoundEstimator.of(model, {}).model
    np.testing.assert_array_equal(figures.sample(3), model.sample(3))
    assert not figures.use_ema


def test_weights_come_back_from_an_error_and_are_not_moved_within(tmp_path: pathlib.Path) -> None:
    model = trained()
    before = contract.weights(model)
    with pytest.raises(RuntimeError, match="within"), model.averaged_weights():
        raise RuntimeError("within")
    for a, b in zip(before, contract.weights(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.use_ema
    # What would be done to the averages, and lost, is refused.
    with model.averaged_weights():
        with pytest.raises(RuntimeError, match=r"^fit inside of averaged_weights\(\) would"):
            model.fit(contract.examples(), verbose=0)
        with pytest.raises(RuntimeError, match=r"^Saving inside of averaged_weights"):
            model.save_weights(tmp_path / "model.weights.h5")
    model.save_weights(tmp_path / "model.weights.h5")


@pytest.mark.rehearsal
@each
def test_averages_of_supersteps_replicas_and_exports(
    name: str,
    tmp_path: pathlib.Path,
    two_replicas: tf.distribute.Strategy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are the same however steps are run, and what an export is of."""

    def fixed(shape: object, seed: tf.Tensor, dtype: str = "float32") -> tf.Tensor:
        return tf.broadcast_to(tf.constant(0.3, dtype), shape)

    monkeypatch.setattr(kfdiv.random, "normal", fixed)
    monkeypatch.setattr(kfdiv.random, "uniform", fixed)
    models = [
        contract.build(name, ema=MOMENTUM, **contract.MODES[mode], **contract.descent(name))
        for mode in ("eager", "xla")
    ]
    with two_replicas.scope():
        models.append(contract.build(name, ema=MOMENTUM, **contract.descent(name)))
    for model in models:
        model.fit(contract.dataset(steps=4), verbose=0)
    for other in models[1:]:
        for a, b in zip(averages(models[0]), averages(other), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=2e-6)
    models[0].export(tmp_path / "export")
    served = tf.saved_model.load(tmp_path / "export")
    np.testing.assert_allclose(served.sample(3, 0), models[0].sample(3), atol=1e-6)
