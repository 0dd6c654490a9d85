"""Whatever a user has becomes batches, or is refused in one line; nothing is read in vain."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import data
from kfdiv.data import elements
from kfdiv.data.inputs import as_dataset, first_batch, is_endless, is_one_shot, why_not_resumable

X = np.random.default_rng(0).normal(size=(60, 3)).astype("float32")
Y, W = np.arange(60) % 4, np.arange(60) / 8
PIXELS = np.random.default_rng(0).integers(0, 256, (60, 4, 4)).astype("uint8")


def batches(*arrays):
    """Ten batches, in the stored order."""
    parts = [tuple(part[i : i + 6] for part in arrays) for i in range(0, 60, 6)]
    return [part[0] if len(arrays) == 1 else part for part in parts]


class Counted(keras.utils.PyDataset):
    """Batches by number, and a diary."""

    def __init__(self, items, length=10, **options):
        super().__init__(**options)
        self.items, self.length, self.diary = items, length, []

    @property
    def num_batches(self):
        return self.length

    def __getitem__(self, index):
        self.diary.append(index)
        return self.items[index % len(self.items)]

    def on_epoch_begin(self):
        self.diary.append("begin")

    def on_epoch_end(self):
        self.diary.append("end")


class Loader:
    """What PyTorch's DataLoader looks like: lists of parts, a length, and a new pass each time."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __iter__(self):
        return (list(item) if isinstance(item, tuple) else item for item in self.items)


def rows(dataset):
    """All examples of a data set, and all its other parts."""
    found = [batch if isinstance(batch, tuple) else (batch,) for batch in dataset]
    return [np.concatenate(part) for part in zip(*found, strict=True) if len(part[0])]


SOURCES = {
    "PyDataset": Counted,
    "threads": lambda items: Counted(items, workers=3),
    "generator": lambda items: (item for item in items),
    "iterator": iter,
    "function": lambda items: lambda: iter(items),
    "loader": Loader,
}


@pytest.mark.parametrize("arrays", [(X,), (X, Y), (X, Y, W)], ids=["x", "xy", "xyw"])
@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_batches_of_python_come_as_they_are(make, arrays):
    dataset = as_dataset(make(batches(*arrays)))
    first = first_batch(dataset)
    for part, known in zip(tf.nest.flatten(first), arrays, strict=True):
        np.testing.assert_array_equal(part, known[:6])
    for part, known in zip(rows(dataset), arrays, strict=True):
        np.testing.assert_array_equal(part, known)
    specs = tf.nest.flatten(dataset.element_spec)
    assert [spec.shape[0] for spec in specs] == [None] * len(arrays)
    if len(arrays) == 3:
        assert specs[2] == tf.TensorSpec([None], tf.float32)


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_weights_without_labels(make):
    items = [(x, None, w) for x, w in batches(X, W)]
    dataset = as_dataset(make(items))
    assert dataset.element_spec[1] == ()
    for part, known in zip(rows(dataset), (X, W), strict=True):
        np.testing.assert_array_equal(part, known)


def test_what_can_be_read_again_is():
    for name in ("PyDataset", "threads", "function", "loader"):
        dataset = as_dataset(SOURCES[name](batches(X)))
        assert not is_one_shot(dataset)
        assert why_not_resumable(dataset) is None
        for _ in range(2):
            np.testing.assert_array_equal(rows(dataset)[0], X)
        assert int(dataset.cardinality()) == (-2 if name == "function" else 10)


def test_a_generator_is_read_once_and_says_so():
    drawn = []

    def generate():
        for item in batches(X):
            drawn.append(item)
            yield item

    dataset = as_dataset(generate())
    assert len(drawn) == 1
    assert is_one_shot(dataset)
    assert is_one_shot(dataset.map(lambda x: x))
    assert "Pass a function" in why_not_resumable(dataset)
    assert int(dataset.cardinality()) == tf.data.UNKNOWN_CARDINALITY
    # A second iteration goes on where the first one stopped, and closes nothing.
    begin = rows(dataset.take(4))[0]
    np.testing.assert_array_equal(np.concatenate([begin, rows(dataset)[0]]), X)
    assert rows(dataset) == []
    assert len(drawn) == 10


def test_a_generator_that_was_read_up_is_refused():
    generator = (item for item in batches(X))
    list(generator)
    with pytest.raises(ValueError, match=r"a generator without any batches.*none left"):
        as_dataset(generator)


def test_the_epochs_of_a_py_dataset_are_told():
    items = Counted(batches(X, Y))
    dataset = as_dataset(items)
    assert items.diary == [0]
    list(dataset.repeat(2))
    assert items.diary == [0, *2 * ["begin", *range(10), "end"]]


def test_a_py_dataset_is_not_read_ahead_of_an_epoch():
    items = Counted(batches(X))
    for _ in as_dataset(items).repeat().take(10):
        pass
    assert items.diary.count("begin") == 1


def test_a_py_dataset_without_a_length_has_no_end():
    dataset = as_dataset(Counted(batches(X), None))
    assert is_endless(dataset)
    np.testing.assert_array_equal(rows(dataset.take(20))[0], np.concatenate([X, X]))
    with pytest.raises(ValueError, match="use_multiprocessing=True"):
        as_dataset(Counted(batches(X), use_multiprocessing=True))
    with pytest.raises(ValueError, match="length 0"):
        as_dataset(Counted(batches(X), 0))


def test_a_data_set_is_returned_as_it_is():
    for dataset in (
        data.from_arrays(X, batch_size=6),
        tf.data.Dataset.from_tensors((X, Y, W)).repeat(),
    ):
        assert as_dataset(dataset) is dataset
    assert is_endless(dataset)
    assert not is_endless(tf.data.Dataset.range(3).filter(lambda n: True))


ARRAYS = {
    "array": X,
    "tensor": tf.constant(X),
    "variable": keras.Variable(X),
    "lists": X.tolist(),
    "list of rows": list(X),
    "float64": X.astype("float64"),
}


@pytest.mark.parametrize("x", ARRAYS.values(), ids=ARRAYS)
def test_arrays_of_all_sorts_are_one(x):
    dataset = as_dataset(x, Y, W, 20, shuffle=False)
    for part, known in zip(rows(dataset), (X, Y, W), strict=True):
        np.testing.assert_array_equal(part, known)
    assert data.stream_of(dataset).batch_size == 20
    assert data.stream_of(as_dataset(x)).batch_size == 60


def test_a_list_of_arrays_is_told_by_the_shape_of_an_example():
    images = list(PIXELS)
    assert as_dataset(images, event_shape=(4, 4)).element_spec.shape == (60, 4, 4)
    with pytest.raises(ValueError, match=r"which are batches; join them: np.concatenate\(x\)"):
        as_dataset(batches(X), event_shape=(3,))
    with pytest.raises(ValueError, match=r"np.stack\(x\).*np.concatenate\(x\)"):
        as_dataset(batches(X))
    with pytest.raises(ValueError, match=r"lambda: iter\(batches\)"):
        as_dataset(batches(X, Y))
    with pytest.raises(ValueError, match="pass its parts as x, y and sample_weight"):
        as_dataset((X, Y))


def test_bytes_are_scaled_alike_whatever_they_come_in():
    expected = rows(as_dataset(PIXELS, shuffle=False))[0]
    assert expected.max() == 1
    np.testing.assert_array_equal(expected, PIXELS.astype("float32") * np.float32(1 / 255))
    for y in (None, Y):
        arrays = (PIXELS,) if y is None else (PIXELS, Y)
        sliced = tf.data.Dataset.from_tensor_slices(arrays if y is not None else PIXELS).batch(6)
        for dataset in (sliced, *(make(batches(*arrays)) for make in SOURCES.values())):
            found = as_dataset(dataset)
            assert tf.nest.flatten(found.element_spec)[0].dtype == tf.float32
            np.testing.assert_array_equal(rows(found)[0], expected)


def test_an_unknown_shape_is_the_model_s():
    def unknown(shape):
        spec = tf.TensorSpec(shape, tf.float32)
        return tf.data.Dataset.from_generator(lambda: iter(batches(X)), output_signature=spec)

    for shape in (None, (None, None)):
        dataset = as_dataset(unknown(shape), event_shape=(3,))
        assert dataset.element_spec.shape[1:] == (3,)
        np.testing.assert_array_equal(rows(dataset)[0], X)
    known = unknown((None, 3))
    assert as_dataset(known, event_shape=(3,)) is known
    assert as_dataset(known, event_shape=(4,)) is known


def sliced(parts):
    return tf.data.Dataset.from_tensor_slices(parts).batch(6)


REFUSED = {
    "nothing": (None, TypeError, "type NoneType; expected an array, a tf.data.Dataset"),
    "string": ("mnist", TypeError, "type str; expected"),
    "model": (keras.layers.Dense(3), TypeError, "type Dense; expected"),
    "symbol": (keras.KerasTensor((None, 3)), TypeError, "symbolic keras.KerasTensor"),
    "dict": ({"x": X}, ValueError, r"pass x\['x'\]"),
    "ragged lists": ([[1.0, 2.0], [3.0]], ValueError, "examples of one shape"),
    "ragged": (tf.ragged.constant([[1.0], []]), TypeError, r"RaggedTensor.*x.to_tensor\(\)"),
    "sparse": (tf.sparse.from_dense(X), TypeError, r"SparseTensor.*tf.sparse.to_dense\(x\)"),
    "integers": (np.ones((9, 3), int), TypeError, r'x.astype\("float32"\)'),
    "dicts": (
        sliced({"label": Y, "image": X}),
        ValueError,
        r"keys \['image', 'label'\].*dataset.map\(lambda x: x\['image'\]\)",
    ),
    "dict beside labels": (
        sliced(({"a": X}, Y)),
        ValueError,
        r"dataset.map\(lambda x, y: \(x\['a'\], y\)\)",
    ),
    "nested": (sliced(((X,), Y)), ValueError, r"dataset.map\(lambda x, y: \(x\[0\], y\)\)"),
    "four": (sliced((X, Y, W, W)), ValueError, "tuples of 4 parts"),
    "column of weights": (sliced((X, Y, W[:, None])), ValueError, r"tf.squeeze\(w, -1\)"),
    "integer data set": (sliced(np.ones((9, 3), int)), TypeError, r"tf.cast\(x, tf.float32\)"),
    "sparse data set": (
        tf.data.Dataset.from_tensors(tf.sparse.from_dense(X)),
        ValueError,
        r"tf.sparse.to_dense\(x\)",
    ),
    "generator of dicts": (iter([{"image": X}]), ValueError, r"yield batch\['image'\]"),
    "generator of numbers": (iter(range(9)), ValueError, r"iterator \(range_iterator\).* is 0"),
    "generator of integers": (iter([np.ones((9, 3), int)]), TypeError, "dtype int64"),
    "generator of fours": (iter([(X, Y, W, W)]), ValueError, "tuples"),
    "generator of nested": (iter([((X,), Y)]), ValueError, r"tuples \(tuple, ndarray\)"),
    "labels too few": (iter([(X, Y[:5])]), ValueError, r"60 examples beside y of shape \(5,\)"),
    "matrix of weights": (iter([(X, Y, W[:, None])]), ValueError, r"expected \(batch,\)"),
    "empty loader": (Loader([]), ValueError, "a Loader without any batches"),
}


@pytest.mark.parametrize(("x", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_data_is_refused_with_the_fix(x, error, message):
    with pytest.raises(error, match=message):
        as_dataset(x)


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_nothing_stands_beside_data_that_bring_their_own(make):
    for beside in ({"y": Y}, {"sample_weight": W}, {"batch_size": 6}):
        for x in (make(batches(X)), sliced(X)):
            with pytest.raises(ValueError, match=f"Received {next(iter(beside))} beside a"):
                as_dataset(x, **beside)


def test_the_first_batch_of_a_plain_data_set_is_read():
    np.testing.assert_array_equal(first_batch(sliced(X)), X[:6])
    with pytest.raises(ValueError, match="empty data set"):
        first_batch(sliced(X).take(0))


def test_a_batch_as_pytorch_makes_it_is_a_tuple():
    x, y = elements.of_python([X, Y], "a loader")
    assert x is X
    assert y is Y
    (x,) = elements.of_python(X.tolist(), "a loader")
    assert x.shape == (60, 3)
