"""What all modes share: shapes, data sets, errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import noise, random
from kfdiv.distributions import Empirical

X = np.random.default_rng(0).uniform(size=(50, 4, 4, 1)).astype("float32")
SEED = random.seed(0, "density")


@pytest.fixture(scope="module", params=["exact", "pca", "index"])
def density(request):
    options = {"search": "graph"} if request.param == "index" else {}
    return Empirical(X, 0.5, request.param, **options)


def test_images_and_leading_axes(density):
    assert density.event_shape == (4, 4, 1)
    assert density.num_points == 50
    y = tf.constant(X[:6])
    flat = density.log_prob(y, 0.5, seed=SEED, location=y)
    assert flat.shape == (6,)
    folded = density.log_prob(tf.reshape(y, (2, 3, 4, 4, 1)), 0.5, seed=SEED)
    np.testing.assert_allclose(tf.reshape(folded, [-1]), flat, rtol=1e-5)


def test_unknown_batch_sizes_compile(density):
    @tf.function(input_signature=[tf.TensorSpec((None, 4, 4, 1))], autograph=False)
    def score(y):
        with tf.GradientTape() as tape:
            tape.watch(y)
            value = density.log_prob(y, 0.5, seed=SEED)
        return tape.gradient(value, y)

    assert score(X[:3]).shape == (3, 4, 4, 1)
    assert np.isfinite(score(X)).all()


def test_without_gradient_the_value_is_the_same(density):
    y = tf.constant(X[:6])
    with tf.GradientTape() as tape:
        tape.watch(y)
        value = density.log_prob(y, 0.5, seed=SEED, differentiable=False)
    assert tape.gradient(value, y) is None
    np.testing.assert_allclose(value, density.log_prob(y, 0.5, seed=SEED), rtol=1e-6)


def test_second_derivatives_are_refused(density):
    y = tf.constant(X[:2])

    def curvature(y):
        with tf.GradientTape() as outer:
            outer.watch(y)
            with tf.GradientTape() as inner:
                inner.watch(y)
                value = density.log_prob(y, 0.5, seed=SEED)
            score = inner.gradient(value, y)
        return outer.gradient(score, y)

    for function in (curvature, tf.function(curvature, autograph=False)):
        with pytest.raises(NotImplementedError, match="no second derivatives"):
            function(y)


def test_a_data_set_is_read_once_and_labels_are_left_out():
    labels = np.arange(50)
    expected = Empirical(X, 0.5).log_prob(X[:3], 0.5)
    for elements in (X, (X, labels)):
        batches = tf.data.Dataset.from_tensor_slices(elements).batch(16)
        density = Empirical.from_dataset(batches, 0.5)
        assert density.num_points == 50
        np.testing.assert_allclose(density.log_prob(X[:3], 0.5), expected, rtol=1e-5)


def test_a_long_pass_reports_its_progress(monkeypatch, capsys):
    batches = tf.data.Dataset.from_tensor_slices(X).batch(10)
    Empirical.from_dataset(batches, 0.5)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("kfdiv.distributions.empirical.chunks._PATIENCE", -1.0)
    Empirical.from_dataset(batches, 0.5)
    assert "5/5" in capsys.readouterr().out


def test_the_data_enter_no_checkpoint(tmp_path):
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.density = Empirical(X, 0.5)

    model = Model()
    assert model.weights == []
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "checkpoint"))
    assert [name for name, _ in tf.train.list_variables(path)] == ["_CHECKPOINTABLE_OBJECT_GRAPH"]


def test_later_changes_of_the_array_do_not_matter():
    x = X.copy()
    density = Empirical(x, 0.5)
    before = density.log_prob(X[:3], 0.5)
    x[:] = 0.0
    np.testing.assert_array_equal(density.log_prob(X[:3], 0.5), before)


def test_the_dtype_follows_keras():
    assert Empirical(X, 0.5).log_prob(X[:1], 0.5).dtype == tf.float32
    keras.config.set_floatx("float64")
    assert Empirical(X, 0.5).log_prob(X[:1], 0.5).dtype == tf.float64


def test_half_precision_inputs_receive_half_precision_gradients():
    y = tf.constant(X[:3], tf.float16)
    with tf.GradientTape() as tape:
        tape.watch(y)
        value = Empirical(X, 0.5).log_prob(y, 0.5)
    assert value.dtype == tf.float32
    assert tape.gradient(value, y).dtype == tf.float16


def test_only_a_search_outside_the_graph_excludes_xla():
    assert Empirical(X, 0.5).xla_compatible
    assert Empirical(X, 0.5, "pca").xla_compatible
    assert Empirical(X, 0.5, "index", search="graph").xla_compatible


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (X[:0], ValueError, "empty data set"),
        (np.where(X > 0.99, np.nan, X), ValueError, "NaN or infinity"),
        (np.where(X > 0.99, np.inf, X), ValueError, "NaN or infinity"),
        ((255 * X).astype("uint8"), TypeError, r"uint8.*/ 255"),
        (X[:, 0, 0, 0], ValueError, r"shape \(50,\)"),
        (tf.data.Dataset.from_tensor_slices(X).batch(5).repeat(), ValueError, "infinite"),
        (tf.data.Dataset.from_tensor_slices(X[:3]).batch(5, True), ValueError, "empty data set"),
        (tf.data.Dataset.from_tensor_slices({"image": X}).batch(5), TypeError, "element"),
        (tf.data.Dataset.from_tensor_slices(X[:, 0, 0, 0]), ValueError, r"shape \(\)"),
    ],
    ids=["empty", "nan", "inf", "uint8", "rank", "infinite", "dropped", "dict", "unbatched"],
)
def test_bad_data_is_refused(data, error, message):
    with pytest.raises(error, match=message):
        Empirical(data, 0.5)


def test_examples_of_different_shapes_are_refused():
    batches = tf.data.Dataset.from_generator(
        lambda: (np.zeros((2, n), "float32") for n in (3, 4)),
        output_signature=tf.TensorSpec((2, None)),
    )
    with pytest.raises(ValueError, match=r"\(3,\) and \(4,\)"):
        Empirical.from_dataset(batches, 0.5)


def test_without_noise_there_is_no_density():
    with pytest.raises(ValueError, match="noise=None"):
        Empirical(X, None)


def test_unknown_modes_and_options_list_the_choices():
    with pytest.raises(ValueError, match="exact"):
        Empirical(X, 0.5, "exakt")
    with pytest.raises(ValueError, match=r"\['temprature'\].*'temperature'"):
        Empirical(X, 0.5, "pca", temprature=10.0)


def test_arguments_that_do_not_fit_are_refused():
    density = Empirical(X, 0.5)
    with pytest.raises(ValueError, match=r"y of shape \(3, 16\), expected \(\.\.\., 4, 4, 1\)"):
        density.log_prob(X[:3].reshape(3, 16), 0.5)
    with pytest.raises(ValueError, match=r"y of shape \(4, 4, 1\)"):
        density.log_prob(X[0], 0.5)
    with pytest.raises(ValueError, match="location of shape"):
        density.log_prob(X[:3], 0.5, location=X[:3, 0])
    with pytest.raises(ValueError, match="width must be a positive width, but got 0"):
        density.log_prob(X[:3], 0.0)
    with pytest.raises(ValueError, match=r"width of shape \(4,\)"):
        density.log_prob(X[:3], np.ones(4, "float32"))


@pytest.mark.parametrize("mode", ["pca", "index"])
def test_random_modes_need_a_seed(mode):
    options = {"search": "graph"} if mode == "index" else {}
    with pytest.raises(ValueError, match="seed=None"):
        Empirical(X, 0.5, mode, **options).log_prob(X[:3], 0.5)


def test_the_noise_need_not_be_an_instance():
    for identifier in ("gaussian", 0.5, noise.Gaussian(0.5)):
        density = Empirical(X, identifier)
        np.testing.assert_allclose(
            density.log_prob(X[:3], 0.5), Empirical(X, 0.5).log_prob(X[:3], 0.5)
        )
