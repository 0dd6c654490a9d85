"""What a measure reads is what `fit` would take, whatever it comes in."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import data
from kfdiv.data import examples

X = np.random.default_rng(0).normal(size=(30, 3)).astype("float32")
Y, W = np.arange(30) % 4, np.arange(30) % 3 / 2
BYTES = np.random.default_rng(0).integers(0, 256, (30, 3)).astype("uint8")


class Batches(keras.utils.PyDataset):
    def __init__(self, *parts, length=3):
        super().__init__()
        self.parts, self.length = parts, length

    @property
    def num_batches(self):
        return self.length

    def __getitem__(self, index):
        return tuple(part[10 * index :][:10] for part in self.parts)


def cut(*parts):
    return [tuple(part[i : i + 10] for part in parts) for i in (0, 10, 20)]


SOURCES = {
    "data set": lambda *parts: tf.data.Dataset.from_tensor_slices(parts).batch(10),
    "PyDataset": Batches,
    "generator": lambda *parts: (batch for batch in cut(*parts)),
    "function": lambda *parts: lambda: iter(cut(*parts)),
    "stream": lambda x, y, w: data.from_arrays(x, y, batch_size=10, shuffle=False, sample_weight=w),
}


@pytest.mark.parametrize("x", [X, BYTES], ids=["floats", "bytes"])
@pytest.mark.parametrize("source", SOURCES)
def test_batches_are_read_like_arrays(source, x):
    expected = examples.read(x, Y, W)
    found = examples.read(SOURCES[source](x, Y, W))
    for name in ("x", "y", "weight"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.weight.dtype == np.float64
    kept = found.counted()
    assert len(kept) == 20
    np.testing.assert_array_equal(kept.x, expected.x[W > 0])
    parts = list(examples.batches(SOURCES[source](x, Y, W)))
    assert [len(part) for part in parts] == [10, 10, 10]


def test_floats_keep_their_precision_and_bytes_get_a_range():
    assert examples.read(X.astype("float64")).x.dtype == np.float64
    assert examples.read(X.tolist()).x.dtype == np.float32
    assert examples.read(tf.constant(X)).x.dtype == np.float32
    found = examples.read(BYTES, value_range=(-1, 1))
    np.testing.assert_allclose(found.x, BYTES / 127.5 - 1, atol=1e-6)
    assert found.of_pixels
    assert not examples.read(X).of_pixels
    through = examples.read(tf.data.Dataset.from_tensor_slices(BYTES).batch(7), value_range=(-1, 1))
    np.testing.assert_array_equal(found.x, through.x)
    assert through.of_pixels


def test_a_stream_is_read_as_its_first_pass_however_often_it_was_iterated():
    dataset = data.from_arrays(X, batch_size=10)
    first = examples.read(dataset).x
    for _ in dataset:
        pass
    np.testing.assert_array_equal(examples.read(dataset).x, first)
    with pytest.warns(UserWarning, match="another order each pass"):
        examples.read(dataset.map(lambda x: x))
    examples.read(data.from_arrays(X, batch_size=10, shuffle=False).map(lambda x: x))


def test_what_is_not_finite_may_weigh_nothing():
    broken = X.copy()
    broken[[0, 3]] = np.nan
    assert np.isnan(examples.read(broken, sample_weight=W).x).any()
    assert np.isfinite(examples.read(broken, sample_weight=W).counted().x).all()
    for source in SOURCES:
        if source != "stream":
            found = examples.read(SOURCES[source](broken, Y, W)).counted()
            np.testing.assert_array_equal(found.x, X[W > 0])
            with pytest.raises(ValueError, match="6 of 30 values not finite in x"):
                examples.read(SOURCES[source](broken, Y, W + 1))
    with pytest.raises(ValueError, match="6 of 90 values not finite in photographs"):
        examples.read(broken, name="photographs")


REFUSED = {
    "shape": ({"data": X[:, :2]}, ValueError, r"shape \(30, 2\), expected \(batch, 3\)"),
    "shape of batches": (
        {"data": SOURCES["data set"](X[:, :2], Y)},
        ValueError,
        r"shape \(10, 2\), expected \(batch, 3\)",
    ),
    "integers": ({"data": X.astype(int)}, TypeError, "dtype int64; expected floats"),
    "a vector": ({"data": X[:, 0], "event_shape": ()}, ValueError, "add a feature axis"),
    "none": ({"data": X[:0]}, ValueError, "empty x"),
    "no end": ({"data": Batches(X, length=None)}, ValueError, r"without an end.*take\(100\)"),
    "labels beside batches": ({"data": SOURCES["data set"](X), "labels": Y}, ValueError, "beside"),
    "few labels": ({"data": X, "labels": Y[:3]}, ValueError, r"shape \(3,\) beside 30"),
    "few weights": ({"data": X, "sample_weight": W[:3]}, ValueError, r"a weight each"),
    "weights below zero": ({"data": X, "sample_weight": W - 1}, ValueError, "20 of 30 weights"),
    "no weight": ({"data": X, "sample_weight": 0 * W}, ValueError, "30 zeros"),
    "no weight in batches": ({"data": SOURCES["data set"](X, Y, 0 * W)}, ValueError, "30 zeros"),
    "bytes": ({"data": BYTES, "value_range": None}, TypeError, "no pixels"),
    "bytes in batches": (
        {"data": SOURCES["data set"](BYTES, Y), "value_range": None},
        TypeError,
        "no pixels",
    ),
    "unknown range": (
        {"data": BYTES, "value_range": (np.nan, np.nan)},
        ValueError,
        "how they were scaled is not known",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_measured_is_refused(case):
    arguments, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        examples.read(**{"event_shape": (3,), **arguments})
