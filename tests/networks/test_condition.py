import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import networks


def test_labels_are_unit_vectors_without_weights():
    labels = networks.condition(4)
    found = labels(tf.constant([2, 0, 3], tf.uint8))
    np.testing.assert_array_equal(found, np.eye(4, dtype="float32")[[2, 0, 3]])
    assert (labels.size, labels.num_classes, labels.weights) == (4, 4, [])
    assert labels.describe() == "integer labels 0 to 3"


def test_vectors_are_taken_as_they_are():
    vectors = networks.condition(size=2)
    y = np.array([[0.5, -1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(vectors(tf.constant(y)), y.astype("float32"))
    np.testing.assert_array_equal(vectors(tf.constant([[1, 0]])), [[1.0, 0.0]])
    assert (vectors.size, vectors.num_classes) == (2, None)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_label_out_of_range_is_of_no_class(jit_compile):
    labels = networks.condition(3)
    found = tf.function(lambda y: labels(y), jit_compile=jit_compile)(tf.constant([3, 1, -1]))
    assert np.isnan(found[0]).all()
    assert np.isnan(found[2]).all()
    np.testing.assert_array_equal(found[1], [0.0, 1.0, 0.0])


@pytest.mark.parametrize("made", [{"num_classes": 3}, {"size": 2}])
def test_it_is_saved_and_loaded(made):
    layer = networks.condition(**made)
    config = keras.saving.serialize_keras_object(layer)
    loaded = keras.saving.deserialize_keras_object(config)
    assert type(loaded) is type(layer)
    assert loaded.size == layer.size


@pytest.mark.parametrize(
    ("policy", "dtype"), [("float64", "float64"), ("mixed_bfloat16", "float32")]
)
def test_vectors_have_the_dtype_of_densities(policy, dtype):
    keras.config.set_dtype_policy(policy)
    assert networks.condition(3)(tf.constant([1])).dtype == dtype
    assert networks.condition(size=1)(tf.constant([[1.0]])).dtype == dtype


def test_rows_are_one_for_all_or_one_for_each():
    labels, vectors = networks.condition(3), networks.condition(size=2)
    for given in (2, [2], np.int64(2), np.full(4, 2), tf.constant(2, tf.uint8)):
        np.testing.assert_array_equal(labels.rows(given, 4), [[0.0, 0.0, 1.0]] * 4)
    np.testing.assert_array_equal(labels.rows([0, 2], 2), np.eye(3)[[0, 2]])
    for given in ([1.0, 2.0], [[1.0, 2.0]], np.tile([1.0, 2.0], (4, 1))):
        np.testing.assert_array_equal(vectors.rows(given, tf.constant(4)), [[1.0, 2.0]] * 4)


def test_rows_in_a_graph_take_either():
    labels, vectors = networks.condition(3), networks.condition(size=2)
    number = tf.TensorSpec((), tf.int32)

    @tf.function(input_signature=[labels.spec(), number])
    def of_labels(y, count):
        return labels.rows(y, count)

    @tf.function(input_signature=[vectors.spec(), number])
    def of_vectors(y, count):
        return vectors.rows(y, count)

    for given in (2, [2], [2, 2]):
        np.testing.assert_array_equal(of_labels(given, 2), [[0.0, 0.0, 1.0]] * 2)
    for given in ([1.0, 2.0], [[1.0, 2.0]] * 2):
        np.testing.assert_array_equal(of_vectors(given, 2), [[1.0, 2.0]] * 2)
    assert of_labels.get_concrete_function().output_shapes == (None, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be integer labels 0 to 2"):
        of_labels(3, 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Incompatible shapes"):
        of_labels([0, 1, 2], 2)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 3], "labels from 0 to 3. Number the classes from 0"),
        ([-1, 2], "labels from -1 to 2"),
        ([0.0, 1.0], "values of dtype float32. Cast labels: y.astype"),
        ([True, False], "values of dtype bool"),
        (["a"], "values of dtype string"),
        ([[1], [2]], r"of shape \(batch,\), but got shape \(2, 1\). Take the second axis off"),
        ([[0.0, 1.0, 0.0]], r"got shape \(1, 3\). Of one-hot vectors take y.argmax"),
    ],
)
def test_labels_say_what_is_wrong(y, message):
    with pytest.raises(ValueError, match=f"must be integer labels 0 to 2.*{message}"):
        networks.condition(3).check(tf.constant(y))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0.0, 1.0, 2.0]], r"of shape \(batch, 2\), but got shape \(1, 3\)"),
        ([1, 2, 3], r"got shape \(3,\). For integer labels build the model with"),
        ([[np.nan, 1.0]], "1 of 2 values are NaN or infinite"),
        ([["a", "b"]], "values of dtype string"),
    ],
)
def test_vectors_say_what_is_wrong(y, message):
    with pytest.raises(ValueError, match=f"must be vectors of 2 numbers.*{message}"):
        networks.condition(size=2).check(tf.constant(y))


def test_several_tensors_are_no_condition():
    with pytest.raises(ValueError, match="one tensor, but got dict"):
        networks.condition(2).check({"label": tf.constant([1])})


def test_either_labels_or_vectors():
    for wrong in ({}, {"num_classes": 3, "size": 2}):
        with pytest.raises(ValueError, match="either num_classes, for integer labels, or size"):
            networks.condition(**wrong)
    with pytest.raises(ValueError, match="num_classes must be a positive integer, but got 0"):
        networks.condition(0)
    with pytest.raises(ValueError, match="size must be a positive integer"):
        networks.condition(size=2.5)
