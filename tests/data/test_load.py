import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import data


def test_an_unknown_name_lists_the_choices_and_the_nearest():
    with pytest.raises(ValueError, match=r"'mnits'.*Did you mean 'mnist'.*celeba, cifar10"):
        data.load("mnits")


def test_an_unknown_option_lists_the_choices_and_the_nearest():
    with pytest.raises(TypeError, match=r"'radus'.*num_modes, radius.*Did you mean 'radius'"):
        data.load("ring", radus=2.0)


def test_a_missing_data_set_says_how_to_get_it(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        data.load("mnist", data_dir=str(tmp_path))
    message = str(caught.value)
    for part in ("download=True", "tfds build mnist", "TFDS_DATA_DIR", str(tmp_path), "digits"):
        assert part in message


def test_data_sets_without_files_ignore_the_folder(tmp_path):
    assert data.load("ring", data_dir=str(tmp_path)).stream.num_examples == 10_000


def test_pixels_have_a_range_and_points_have_none():
    assert data.load("digits", value_range=(-1, 1)).stream.value_range == (-1.0, 1.0)
    assert data.load("ring").stream.value_range is None
    with pytest.raises(ValueError, match=r"outside value_range=\(0, 1\)"):
        data.load("ring", value_range=(0, 1))


def test_a_keras_model_trains_on_it():
    model = keras.Sequential(
        [keras.Input([8, 8, 1]), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(data.load("digits"), epochs=4, shuffle=False, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_of_any_width_become_float32_and_keep_their_values(dtype):
    x = np.linspace(-3, 3, 12, dtype=dtype).reshape(6, 2)
    dataset = data.from_arrays(x, batch_size=6, shuffle=False)
    assert dataset.element_spec == tf.TensorSpec([6, 2], tf.float32)
    assert np.array_equal(next(iter(dataset)), x.astype("float32"))
    assert dataset.stream.value_range is None


def test_arrays_keep_their_labels_beside_them():
    x = np.arange(20, dtype=np.float32)[:, None]
    dataset = data.from_arrays(x, np.arange(20) % 3, batch_size=5, seed=3)
    for batch, labels in dataset:
        assert np.array_equal(batch[:, 0] % 3, labels)
    assert dataset.stream.info.num_classes == 3


def test_lists_tensors_and_bytes_will_do():
    assert data.from_arrays([[1.0], [2.0]], batch_size=2).element_spec.shape == (2, 1)
    assert data.from_arrays(tf.zeros([4, 3]), batch_size=2).element_spec.shape == (2, 3)
    pixels = np.full([4, 5, 5, 1], 255, np.uint8)
    dataset = data.from_arrays(pixels, batch_size=2, value_range=(-1, 1))
    assert np.all(next(iter(dataset)) == 1)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.float32(1), r"shape \(\); expected \(examples, ...\)"),
        (np.zeros(9, np.float32), r"shape \(9,\).*x\[:, None\]"),
        (np.zeros([0, 4], np.float32), r"empty x of shape \(0, 4\)"),
        (np.zeros([9, 0], np.float32), "empty x"),
        (np.full([200, 2], np.nan), r"400 of 400 values not finite in x.*\(0, 0\)"),
        (np.full([200, 2], 1e39), r"float32.*inf at index \(0, 0\)"),
        (np.zeros([99, 2], np.float32), "batch_size=100, more than the 99 examples"),
    ],
)
def test_impossible_arrays_are_refused(x, message):
    with pytest.raises(ValueError, match=message):
        data.from_arrays(x)


@pytest.mark.parametrize(
    ("dtype", "fix"),
    [
        *((one, r"astype\(") for one in ("int32", "int64", "uint16", "bool")),
        ("complex64", r"x\.real, x\.imag"),
        *((one, "make numbers of them") for one in ("str", "object")),
    ],
)
def test_dtypes_that_say_nothing_of_their_scale_are_refused(dtype, fix):
    with pytest.raises(TypeError, match=r"dtype .*expected floats, or uint8.*" + fix):
        data.from_arrays(np.ones([200, 8, 8, 1]).astype(dtype))


def test_floats_must_lie_in_the_range_they_claim():
    x = np.linspace(0, 1, 200)[:, None]
    assert data.from_arrays(x, value_range=(0, 1)).stream.value_range == (0.0, 1.0)
    with pytest.raises(ValueError, match=r"199 of 200 values outside value_range=\(0, 1\)"):
        data.from_arrays(x * 255 + 0.5, value_range=(0, 1), batch_size=10)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (np.zeros(199), ValueError, r"y of shape \(199,\) beside 200"),
        (np.int64(3), ValueError, r"y of shape \(\)"),
        (np.full(200, np.inf), ValueError, "200 of 200 values not finite in y"),
        (np.array(["a"] * 200), TypeError, "y of dtype <U1"),
    ],
)
def test_labels_that_do_not_fit_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        data.from_arrays(np.zeros([200, 2]), y)


def test_images_without_a_channel_axis_are_images():
    dataset = data.from_arrays(np.full([20, 5, 5], 255, np.uint8), batch_size=10)
    assert dataset.element_spec == tf.TensorSpec([10, 5, 5], tf.float32)
    assert np.all(next(iter(dataset)) == 1)


WEIGHTS = np.arange(20) / 8


def weighed(**options):
    x = np.arange(20, dtype=np.float32)[:, None]
    options = {"batch_size": 6, "seed": 3, "sample_weight": WEIGHTS, **options}
    return data.from_arrays(x, np.arange(20) % 3, **options)


@pytest.mark.parametrize("labels", [None, False])
@pytest.mark.parametrize("drop_remainder", [True, False])
def test_weights_ride_along(labels, drop_remainder):
    stream = weighed(labels=labels, drop_remainder=drop_remainder).stream
    rows = 6 if drop_remainder else None
    assert stream.element_spec[2] == tf.TensorSpec([rows], tf.float32)
    for dataset in (stream.epoch(), stream.batches(5).take(4), stream.examples()):
        for x, y, w in dataset:
            assert np.array_equal(w, x[:, 0] / 8)
            assert y == () if labels is False else np.array_equal(x[:, 0] % 3, y)
    for x, y, w in stream.groups(5, 2).take(3):
        assert np.array_equal(w, x[..., 0] / 8)
        assert y == () if labels is False else np.array_equal(x[..., 0] % 3, y)
    assert sum(len(w) for _, _, w in stream.examples()) == 20


def test_without_labels_y_is_empty():
    x = np.arange(6, dtype=np.float32)[:, None]
    dataset = data.from_arrays(x, batch_size=2, sample_weight=np.ones(6))
    assert dataset.element_spec[1] == next(iter(dataset))[1] == ()


def test_weights_do_not_change_the_order():
    plain = data.from_arrays(np.arange(20.0)[:, None], batch_size=6, seed=3)
    for x, (again, _, _) in zip(plain, weighed(), strict=True):
        assert np.array_equal(x, again)


def test_weighed_batches_pass_through_keras_and_replicas(two_replicas):
    with two_replicas.scope():
        model = keras.Sequential(
            [keras.Input([1]), keras.layers.Dense(1, kernel_initializer="ones")]
        )
        model.compile(keras.optimizers.SGD(0.0), "mse", weighted_metrics=["mse"])
        shared = two_replicas.experimental_distribute_dataset(weighed(labels=False))
        parts = [np.concatenate([w.numpy() for w in element[2].values]) for element in shared]
    assert np.concatenate(parts).shape == (18,)
    logs = model.evaluate(weighed(shuffle=False, drop_remainder=False), verbose=0, return_dict=True)
    errors = np.square(np.arange(20) - np.arange(20) % 3)
    assert logs["mse"] == pytest.approx(np.average(errors, weights=WEIGHTS), rel=1e-5)


@pytest.mark.parametrize(
    ("w", "error", "message"),
    [
        (np.ones(19), ValueError, r"sample_weight of shape \(19,\) beside 20"),
        (np.ones([20, 1]), ValueError, r"shape \(20, 1\).*expected a weight each, shape \(20,\)"),
        (1.0, ValueError, r"sample_weight of shape \(\)"),
        (np.zeros(20), ValueError, "20 zeros"),
        (np.r_[np.ones(18), -1, -2], ValueError, r"2 of 20 weights below zero.*-1.* \(18,\)"),
        (np.r_[np.ones(19), np.nan], ValueError, r"1 of 20 values not finite in sample_weight"),
        (["a"] * 20, TypeError, "sample_weight of dtype <U1"),
    ],
)
def test_weights_that_are_none_are_refused(w, error, message):
    with pytest.raises(error, match=message):
        weighed(sample_weight=w)
