"""Contracts of every conditional distribution."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from kfdiv import distributions, networks, random
from tests.compiled import graph_and_xla

tfd = tfp.distributions


def mlp(outputs):
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(outputs)]
    )


def images(channels):
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4 * 4 * channels),
            keras.layers.Reshape((4, 4, channels)),
        ]
    )


def noisy():
    z, first, second = keras.Input((3,)), keras.Input((2,)), keras.Input((5, 1))
    joined = keras.layers.Concatenate()([z, first, keras.layers.Flatten()(second)])
    return keras.Model([z, first, second], keras.layers.Dense(4)(joined))


def stepwise():
    return networks.draw.networks(3, latent_size=1, steps=4, units=4)[0]


MAKERS = {
    "autoregressive_normal": lambda: distributions.AutoregressiveNormal(stepwise()),
    "normal_diagonal": lambda: distributions.Normal(mlp(8)),
    "normal_isotropic": lambda: distributions.Normal(mlp(5), scale="isotropic"),
    "normal_fixed": lambda: distributions.Normal(mlp(4), scale=0.3),
    "normal_shared": lambda: distributions.Normal(mlp(4), scale="shared"),
    "normal_images": lambda: distributions.Normal(images(6)),
    "bernoulli": lambda: distributions.Bernoulli(mlp(4)),
    "bernoulli_images": lambda: distributions.Bernoulli(images(1)),
    "quantized_normal": lambda: distributions.QuantizedNormal(mlp(4), value_range=(-1, 1)),
    "quantized_diagonal": lambda: distributions.QuantizedNormal(mlp(8), scale="diagonal"),
    "deterministic": lambda: distributions.Deterministic(mlp(4)),
    "deterministic_images": lambda: distributions.Deterministic(images(3)),
    "implicit": lambda: distributions.Implicit(noisy()),
}
FIRST = {name.split("_")[0]: name for name in reversed(MAKERS)}
EVENTS = {
    "normal_images": (4, 4, 3),
    "bernoulli_images": (4, 4, 1),
    "deterministic_images": (4, 4, 3),
}
WITHOUT_DENSITY = {"deterministic", "deterministic_images", "implicit"}


@pytest.fixture(scope="module", params=MAKERS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def layer(name):
    """One for all tests, none of which changes it."""
    return MAKERS[name]()


@pytest.fixture
def z():
    return random.normal((5, 3), random.seed(0, "z"))


def test_shapes(name, layer, z):
    event = EVENTS.get(name, (4,))
    assert layer.event_shape == event
    distribution = layer.distribution(z)
    assert distribution.batch_shape == (5,)
    assert distribution.event_shape == event
    for x in (layer.sample(z, random.seed(0, "x")), layer.mean(z)):
        assert x.shape == (5, *event)
        assert x.dtype == tf.float32


def test_leading_axes_are_batch_axes(name, layer, z):
    many = tf.reshape(tf.repeat(z, 2, axis=0), (5, 2, 3))
    distribution = layer.distribution(many)
    assert distribution.batch_shape == (5, 2)
    x = layer.draw(distribution, random.seed(0, "x"))
    assert x.shape == (5, 2, *layer.event_shape)
    np.testing.assert_allclose(layer.mean(many)[:, 1], layer.mean(z), rtol=1e-5, atol=1e-6)
    if layer.has_density:
        expected = layer.distribution(z).log_prob(x[:, 0])
        np.testing.assert_allclose(distribution.log_prob(x)[:, 0], expected, rtol=1e-4)


def test_log_prob_is_one_number_an_example_and_differentiable(name, layer, z):
    if not layer.has_density:
        pytest.skip("no density")
    x = layer.sample(z, random.seed(0, "x"))
    with tf.GradientTape() as tape:
        log_prob = layer.distribution(z).log_prob(x)
    assert log_prob.shape == (5,)
    gradients = tape.gradient(log_prob, layer.trainable_variables)
    assert all(np.isfinite(g).all() for g in gradients)
    assert max(np.abs(g).max() for g in gradients) > 0


def test_without_a_density_log_prob_says_what_to_use(name, layer, z):
    if name not in WITHOUT_DENSITY:
        assert layer.has_density
        return
    assert not layer.has_density
    for method in ("log_prob", "prob"):
        with pytest.raises(NotImplementedError, match=r"no density.*Normal"):
            getattr(layer.distribution(z), method)(layer.mean(z))


@pytest.mark.parametrize(
    "name",
    # Layers of a class draw alike: the first of each is compiled for every change.
    [
        pytest.param(name, marks=() if name in FIRST.values() else pytest.mark.rehearsal)
        for name in MAKERS
    ],
    indirect=True,
)
def test_draws_depend_on_nothing_but_the_seed(layer, z):
    def draw(z, seed):
        return layer.sample(z, seed)

    first, second = random.seed(0, "x", 1), random.seed(0, "x", 2)
    x = draw(z, first)
    np.testing.assert_array_equal(draw(z, first), x)
    for compiled in graph_and_xla(draw):
        np.testing.assert_allclose(compiled(z, first), x, rtol=1e-5, atol=1e-5)
    if not isinstance(layer, distributions.Deterministic):
        assert np.abs(draw(z, second) - x).max() > 0


def test_draws_have_the_mean(layer, z):
    if isinstance(layer, (distributions.AutoregressiveNormal, distributions.Implicit)):
        pytest.skip("its mean stands for one without a closed form")
    many = tf.repeat(z[tf.newaxis], 4000, axis=0)
    draws = layer.sample(many, random.seed(0, "x")).numpy()
    tolerance = 5 * draws.std(0) / np.sqrt(len(draws)) + 1e-4
    if isinstance(layer, distributions.QuantizedNormal):
        expected = layer.distribution(z).distribution
        loc = np.clip(expected.loc, *layer.value_range)
        np.testing.assert_array_equal(layer.mean(z), loc)
        inside = np.abs(loc - np.mean(layer.value_range)) + 4 * expected.scale < 0.5 * np.ptp(
            layer.value_range
        )
        tolerance = np.where(inside, tolerance, np.inf)
    assert (np.abs(draws.mean(0) - layer.mean(z)) <= tolerance).all()


def test_draws_are_reparameterised(name, layer, z):
    if name.startswith(("bernoulli", "quantized")):
        pytest.skip("discrete")
    with tf.GradientTape() as tape:
        x = layer.sample(z, random.seed(0, "x"))
    gradients = tape.gradient(x, layer.trainable_variables)
    assert all(np.abs(g).max() > 0 for g in gradients)


def test_serialisation(layer, z):
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
    copy.set_weights(layer.get_weights())
    np.testing.assert_array_equal(copy.mean(z), layer.mean(z))
    assert distributions.get(config).event_shape == layer.event_shape


@keras.saving.register_keras_serializable(package="kfdiv_tests")
class Holder(keras.Model):
    """A model that holds a distribution and never calls it before it is saved."""

    def __init__(self, layer):
        super().__init__()
        self.layer = distributions.get(layer)

    def call(self, z):
        return self.layer.mean(z)

    def get_config(self):
        return {"layer": keras.saving.serialize_keras_object(self.layer)}


def test_a_model_that_holds_it_survives_a_keras_file(name, z, tmp_path):
    layer = MAKERS[name]()
    for variable in layer.trainable_variables:
        variable.assign_add(tf.random.stateless_normal(variable.shape, (1, 2)))
    model = Holder(layer)
    seed = random.seed(0, "x")
    mean, draw = model(z), model.layer.sample(z, seed)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(z), mean)
    np.testing.assert_array_equal(loaded.layer.sample(z, seed), draw)


def test_half_precision_networks_give_full_precision_densities(name, z):
    keras.config.set_dtype_policy("mixed_float16")
    layer = MAKERS[name]()
    distribution = layer.distribution(z)
    assert distribution.dtype == tf.float32
    assert layer.draw(distribution, random.seed(0, "x")).dtype == tf.float32


def test_double_precision_goes_through(name, z):
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    layer = MAKERS[name]()
    distribution = layer.distribution(tf.cast(z, tf.float64))
    assert distribution.dtype == tf.float64
    assert layer.draw(distribution, random.seed(0, "x")).dtype == tf.float64


def test_training_reaches_the_network():
    network = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization()])
    layer = distributions.Deterministic(network)
    z = tf.constant([[0.0, 1.0, 2.0], [2.0, 3.0, 6.0]])
    np.testing.assert_allclose(layer.mean(z, training=False), z, rtol=1e-2)
    np.testing.assert_allclose(tf.reduce_mean(layer.mean(z, training=True), 0), 0.0, atol=1e-6)


@pytest.mark.parametrize(
    "network",
    [
        keras.Sequential([keras.layers.Dense(2)]),
        keras.layers.Dense(2),
        keras.Sequential([keras.Input((None, 2)), keras.layers.Dense(2)]),
    ],
    ids=["unbuilt", "layer", "unknown_shape"],
)
def test_networks_without_shapes_are_refused(network):
    with pytest.raises(ValueError, match="built network"):
        distributions.Deterministic(network)


def test_inputs_without_a_batch_axis_are_refused(layer):
    if isinstance(layer, distributions.Implicit):
        pytest.skip("takes several inputs")
    with pytest.raises(ValueError, match="batch axis"):
        layer.distribution(tf.zeros((3,)))
