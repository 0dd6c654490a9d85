"""Evaluations: twice the same figure, no NaN without a word, and weights that take examples out."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from tests.models import contract

X = contract.examples()
PLAIN = tf.data.Dataset.from_tensor_slices(X).batch(30)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return contract.build("vae", run_eagerly=True)


def figures(model: keras.Model, x: object, **options: object) -> dict[str, float]:
    return model.evaluate(x, verbose=0, return_dict=True, **options)


def test_a_stream_that_shuffles_is_evaluated_twice_alike(model: keras.Model) -> None:
    dataset = kfdiv.data.from_arrays(X, batch_size=30)
    first = figures(model, dataset)
    for _ in dataset:
        pass
    assert figures(model, dataset) == first
    noised = kfdiv.data.with_noise(dataset, 0.1)
    assert figures(model, noised) == figures(model, noised) != first


def test_what_was_derived_of_it_says_that_its_order_changes(model: keras.Model) -> None:
    dataset = kfdiv.data.from_arrays(X, batch_size=30)
    for derived in (dataset.map(lambda x: x), dataset.take(2)):
        with pytest.warns(UserWarning, match=r"another order each pass.*kfdiv.data.map_batches"):
            figures(model, derived)
    stored = kfdiv.data.from_arrays(X, batch_size=30, shuffle=False).map(lambda x: x)
    assert figures(model, stored) == figures(model, stored)


def test_a_later_batch_that_is_not_finite_is_named(model: keras.Model) -> None:
    broken = X.copy()
    broken[70, 1] = np.nan
    data = tf.data.Dataset.from_tensor_slices(broken).batch(30)
    message = "Batch 3 of the data holds 1 value that is NaN or infinite"
    with pytest.raises(FloatingPointError, match=message):
        figures(model, data)
    with pytest.raises(FloatingPointError, match=message):
        contract.build("vae", run_eagerly=True).fit(
            X, batch_size=100, validation_data=data, verbose=0
        )
    # Not among the batches that are taken.
    assert np.isfinite(list(figures(model, data, steps=2).values())).all()


def test_what_weighs_nothing_may_hold_anything(model: keras.Model) -> None:
    weight = np.ones(100, "float32")
    weight[[2, 70]] = 0
    results = []
    for value in (0.0, 1e30, np.nan):
        x = X.copy()
        x[[2, 70]] = value
        data = tf.data.Dataset.from_tensor_slices((x, np.zeros(100), weight)).batch(30)
        results.append(figures(model, data))
    assert results[0] == results[1] == results[2]
    assert np.isfinite(list(results[0].values())).all()


def test_data_of_unknown_length_end_without_a_warning(model: keras.Model) -> None:
    for data in (lambda: iter([X[:30], X[30:]]), iter([X]), PLAIN.filter(lambda x: True)):
        figures(model, data)
    with pytest.warns(UserWarning, match="ran out of data"):
        figures(model, lambda: iter([X]), steps=3)


def test_data_to_validate_on_again_must_be_readable_again() -> None:
    model = contract.build("vae", run_eagerly=True)
    with pytest.raises(ValueError, match=r"wanted 2 times. Pass a function"):
        model.fit(X, batch_size=100, validation_data=iter([X]), epochs=2, verbose=0)
    with pytest.raises(ValueError, match="Received a list of 4 parts"):
        model.fit(X, batch_size=100, validation_data=[X, X, X, X], verbose=0)
    assert int(model.step.numpy()) == 0
    logs = model.fit(
        X, batch_size=100, validation_data=lambda: iter([X]), epochs=2, verbose=0
    ).history
    assert len(logs["val_loss"]) == 2
    logs = model.fit(X, batch_size=100, validation_data=iter([X]), verbose=0).history
    assert len(logs["val_loss"]) == 1
    batches = iter([X[:30], X[30:]])
    logs = model.fit(
        X, batch_size=100, validation_data=batches, validation_steps=1, epochs=2, verbose=0
    ).history
    assert len(logs["val_loss"]) == 2
