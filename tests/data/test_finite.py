"""Batches that are not finite are named while they are read."""

import numpy as np
import pytest
import tensorflow as tf

from kfdiv.data import finite

X = np.arange(24, dtype="float32").reshape(12, 2)
W = np.ones(12, "float32")


def batches(*parts):
    return tf.data.Dataset.from_tensor_slices(parts if parts[1:] else parts[0]).batch(5)


@pytest.mark.parametrize("parts", [(X,), (X, W), (X, W, W)], ids=["x", "xy", "xyw"])
def test_finite_batches_come_as_they_are(parts):
    dataset = batches(*parts)
    checked = finite.checked(dataset)
    assert checked.element_spec == dataset.element_spec
    assert int(checked.cardinality()) == 3
    for a, b in zip(dataset, checked, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, a, b)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_first_that_is_not_is_named(value):
    x, w = X.copy(), W.copy()
    x[6] = x[11, 0] = value
    reader = iter(finite.checked(batches(x)))
    next(reader)
    with pytest.raises(tf.errors.InvalidArgumentError) as found:
        next(reader)
    error = finite.explained(found.value)
    assert isinstance(error, FloatingPointError)
    assert "Batch 2 of the data holds 2 values that are NaN or infinite" in str(error)
    # Of weight zero it takes no part; a weight must be finite itself.
    w[[6, 11]] = 0
    assert len(list(finite.checked(batches(x, W, w)))) == 3
    w[11] = value
    with pytest.raises(tf.errors.InvalidArgumentError) as found:
        list(finite.checked(batches(X, W, w)))
    assert "Batch 3 of the data holds 1 value that is" in str(finite.explained(found.value))


def test_other_errors_stay_as_they_are():
    error = tf.errors.InvalidArgumentError(None, None, "something else")
    assert finite.explained(error) is error
