import numpy as np
import pytest
import tensorflow as tf

from kfdiv import data

X = np.random.default_rng(0).normal(3.0, 2.0, (200, 3))


def opened(path, split="train", **options):
    return data.load(
        "npz", split, path=path, **{"batch_size": 1, "shuffle": False, **options}
    ).stream


def save(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


def test_rows_are_divided_and_standardised(tmp_path):
    path = save(tmp_path, x=X, c=np.array(["u", "v"] * 100))
    train, test = (opened(path, s, label_key="c", standardize=True) for s in ("train", "test"))
    assert train.num_examples + test.num_examples == 200
    assert train.info.class_names == ("u", "v")
    x = np.concatenate([x for x, _ in train.epoch()])
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=1e-5)
    restored = test.info.standardization.restore(np.concatenate([x for x, _ in test.epoch()]))
    assert {tuple(row) for row in restored.round(4)} <= {tuple(row) for row in X.round(4)}


def test_arrays_named_after_splits_are_the_splits(tmp_path):
    arrays = {f"{key}_{s}": v for key, s, v in [
        ("x", "train", np.zeros((20, 5, 5), np.uint8)), ("y", "train", np.arange(20)),
        ("x", "test", np.full((4, 5, 5), 255, np.uint8)), ("y", "test", np.arange(16, 20)),
    ]}  # fmt: skip
    path = save(tmp_path, **arrays)
    train, test = (opened(path, s, label_key="y") for s in ("train", "test"))
    assert (train.num_examples, test.num_examples) == (20, 4)
    assert test.element_spec[0] == tf.TensorSpec([1, 5, 5, 1], tf.float32)
    x, y = test.first_batch()
    # A label means the same in each of them.
    assert (float(x.numpy().min()), int(y[0]), test.info.num_classes) == (1.0, 16, 20)
    with pytest.raises(ValueError, match="has x_train, so that the splits are arrays of it"):
        opened(path, split_seed=3)


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({"x": X}, {"key": "X1"}, r"no array 'X1'.* It has x\."),
        ({}, {}, "holds no array"),
        ({"u": X, "v": X}, {}, r"several arrays: u, v\. Say which .* key="),
        ({"x": X}, {"label_key": "y"}, "no array 'y'"),
        ({"x": X, "y": X[:9, 0]}, {"label_key": "y"}, r"y of shape \(9,\) beside 200"),
        ({"x": np.array([{}, None])}, {}, "array 'x' .* cannot be read .*of objects"),
        ({"x": np.array(["a", "b"])[:, None]}, {}, "x of dtype <U1; expected floats"),
        ({"x": X * np.nan}, {}, "600 of 600 values not finite"),
        ({"x": np.zeros((9, 2, 2, 1), np.uint8)}, {"standardize": True}, "only columns of floats"),
        ({"x": X[:3] * 0}, {"standardize": True, "test_share": 0.0}, "same in all rows"),
    ],
)
def test_mistakes_have_their_messages(tmp_path, arrays, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        opened(save(tmp_path, **arrays), **options)


def test_files_that_are_none_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*a\.npz; path must be an \.npz file"):
        opened(tmp_path / "a.npz")
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 but no more")
    with pytest.raises(
        ValueError, match=r"a\.npz is no \.npz file, or a damaged one\. .*numpy\.savez"
    ):
        opened(tmp_path / "a.npz")
    np.save(tmp_path / "b.npy", X)
    with pytest.raises(ValueError, match=r"b\.npy is no \.npz file"):
        opened(tmp_path / "b.npy")
