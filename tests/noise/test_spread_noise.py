"""Contracts of every registered spread noise."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import stats

from kfdiv import distributions, noise, random

tfd = tfp.distributions

STANDARD = {"gaussian": stats.norm(), "laplace": stats.laplace()}
ELEMENTWISE = {"gaussian": tfd.Normal, "laplace": tfd.Laplace}


@pytest.fixture(params=noise.registry.names())
def name(request):
    return request.param


def test_every_registered_noise_is_in_these_tests():
    assert set(noise.registry.names()) == set(STANDARD)


def test_draws_follow_the_distribution(name):
    spread = noise.get(name)
    x = tf.fill([200_000, 1], 3.0)
    y = spread.draw(x, random.seed(0, "noise"), 0.7).numpy().ravel()
    assert stats.kstest((y - 3.0) / 0.7, STANDARD[name].cdf).pvalue > 1e-3


def test_draws_are_the_same_in_eager_graph_and_xla(name):
    spread = noise.get(name)
    x, seed = tf.zeros([64, 5]), random.seed(1, "noise")

    def draw(x):
        return spread.draw(x, seed, spread.width(3))

    eager = draw(x)
    for jit in (False, True):
        np.testing.assert_allclose(tf.function(draw, jit_compile=jit)(x), eager, atol=2e-6)


def test_draw_is_differentiable_in_x_and_width(name):
    spread = noise.get(name)
    x, width = tf.constant([[1.0, 2.0]]), tf.constant(0.5)
    with tf.GradientTape() as tape:
        tape.watch([x, width])
        y = spread.draw(x, random.seed(0, "noise"), width)
        total = tf.reduce_sum(y)
    by_x, by_width = tape.gradient(total, [x, width])
    np.testing.assert_array_equal(by_x, np.ones((1, 2)))
    np.testing.assert_allclose(by_width, tf.reduce_sum((y - x) / width), rtol=1e-5)


def test_draw_keeps_the_dtype(name):
    draw = noise.get(name).draw(tf.zeros([2, 3], tf.float64), random.seed(0, "noise"), 0.5)
    assert draw.dtype == tf.float64


def test_log_kernel_is_the_elementwise_density(name):
    rng = np.random.default_rng(0)
    y, x = rng.normal(size=(2, 6, 4))
    for width in (0.3, np.array([0.1, 0.5, 1.0, 2.0])):
        expected = STANDARD[name].logpdf((y - x) / width) - np.log(width)
        actual = noise.get(name).log_kernel(tf.constant(y), tf.constant(x), width)
        np.testing.assert_allclose(actual, expected.sum(-1), rtol=1e-12)


def test_pairwise_and_offset_make_the_kernel(name):
    rng = np.random.default_rng(0)
    y, x = rng.normal(size=(6, 4)), rng.normal(size=(9, 4))
    spread = noise.get(name)
    for width in (tf.constant(0.3, tf.float64), tf.constant([0.1, 0.5, 1.0, 2.0], tf.float64)):
        expected = spread.log_kernel(tf.constant(y)[:, None], tf.constant(x)[None], width)
        shared, own = tf.constant(x), tf.constant(np.tile(x, (6, 1, 1)))
        for points in (shared, own):
            squares = tf.reduce_sum(points**2, -1)
            pairs = spread.pairwise(tf.constant(y), points, squares, width)
            offset = spread.offset(tf.constant(y), width)
            np.testing.assert_allclose(pairs + tf.reshape(offset, [-1, 1]), expected, rtol=1e-9)


def test_convolution_with_a_point_mass_is_the_noise(name):
    loc = tf.reshape(tf.range(24.0), (2, 3, 4, 1))
    clean = tfd.Independent(tfd.Deterministic(loc), 3)
    noised = noise.get(name).convolve(clean, 0.5)
    assert noised.batch_shape == (2,)
    assert noised.event_shape == (3, 4, 1)
    expected = tfd.Independent(ELEMENTWISE[name](loc, 0.5), 3)
    y = loc + 0.3
    np.testing.assert_allclose(noised.log_prob(y), expected.log_prob(y), rtol=1e-6)


def test_convolution_without_closed_form_says_what_works(name):
    with pytest.raises(ValueError, match=r"no closed-form convolution with Uniform.*Deterministic"):
        noise.get(name).convolve(tfd.Uniform(0.0, 1.0), 0.5)


def test_a_learned_width_spends_a_fixed_budget(name):
    spread = noise.registry[name](0.5, learned=True, event_shape=(2, 3))
    np.testing.assert_allclose(spread.width(0), np.full((2, 3), 0.5), rtol=1e-6)
    (weight,) = spread.trainable_variables
    weight.assign(np.random.default_rng(0).normal(size=(2, 3)))
    width = spread.width(0).numpy()
    np.testing.assert_allclose(np.exp(np.log(width).mean()), 0.5, rtol=1e-6)
    assert np.ptp(width) > 0.1


def test_a_learned_width_receives_gradients(name):
    spread = noise.registry[name](0.5, learned=True, event_shape=(3,))
    with tf.GradientTape() as tape:
        y = spread.draw(tf.zeros((2, 3)), random.seed(0, "noise"), spread.width(0))
        loss = tf.reduce_sum(y * [[1.0, 2.0, 3.0]])
    (gradient,) = tape.gradient(loss, spread.trainable_variables)
    assert np.abs(gradient).min() > 0
    np.testing.assert_allclose(np.sum(gradient), 0.0, atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"width": 0.3},
        {"width": noise.Annealed(1.0, 0.1, 10)},
        {"width": 0.3, "learned": True, "event_shape": (4, 1)},
    ],
    ids=["fixed", "annealed", "learned"],
)
def test_serialisation(name, arguments):
    spread = noise.registry[name](**arguments, name="spread")
    config = keras.saving.serialize_keras_object(spread)
    for copy in (keras.saving.deserialize_keras_object(config), noise.get(config)):
        assert type(copy) is type(spread)
        assert copy.name == "spread"
        assert copy.get_config() == spread.get_config()
        np.testing.assert_array_equal(copy.width(5), spread.width(5))


def test_config_is_a_function_of_the_constructor(name):
    config = noise.get(name).get_config()
    for argument in inspect.signature(noise.SpreadNoise).parameters:
        if argument != "kwargs":
            assert argument in config


def test_a_learned_width_is_saved_in_a_keras_file(name, tmp_path):
    spread = noise.registry[name](0.5, learned=True, event_shape=(3,))
    spread.trainable_variables[0].assign([0.1, -0.4, 0.7])
    decoder = distributions.Deterministic(
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    )

    @keras.saving.register_keras_serializable(package="kfdiv_tests", name=f"Holder_{name}")
    class Holder(keras.Model):
        def __init__(self, spread, decoder):
            super().__init__()
            self.spread = noise.get(spread)
            self.decoder = distributions.get(decoder)

        def call(self, z):
            return self.decoder(z) * self.spread.width(0)

        def get_config(self):
            serialize = keras.saving.serialize_keras_object
            return {"spread": serialize(self.spread), "decoder": serialize(self.decoder)}

    model = Holder(spread, decoder)
    z = tf.ones((1, 2))
    expected = model(z)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras")(z), expected)


def test_gaussian_noise_widens_a_normal():
    normal = tfd.Independent(tfd.Normal(tf.zeros((2, 3)), 1.2), 1)
    noised = noise.Gaussian(0.5).convolve(normal, tf.constant(0.5))
    np.testing.assert_allclose(noised.stddev(), np.full((2, 3), 1.3), rtol=1e-6)


def test_the_convolution_is_the_law_of_the_noised_draw(name):
    clean = tfd.Deterministic(tf.fill([100_000], 2.0))
    spread = noise.get(name)
    y = spread.draw(clean.loc, random.seed(0, "noise"), 0.5)
    log_prob = spread.convolve(clean, 0.5).log_prob(y).numpy()
    entropy = float(ELEMENTWISE[name](2.0, 0.5).entropy())
    assert abs(-log_prob.mean() - entropy) < 5 * log_prob.std() / np.sqrt(log_prob.size)


def test_width_of_a_schedule_follows_the_step(name):
    spread = noise.registry[name](noise.Annealed(1.0, 0.1, 100))
    steps = tf.Variable(50, dtype=tf.int64)
    width = tf.function(lambda: spread.width(steps))
    np.testing.assert_allclose(width(), 0.1**0.5, rtol=1e-6)
    steps.assign(100)
    np.testing.assert_allclose(width(), 0.1, rtol=1e-6)


def test_the_width_stays_in_full_precision_under_mixed_policies(name):
    keras.config.set_dtype_policy("mixed_float16")
    assert noise.get(name).width(0).dtype == tf.float32


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan"), float("inf")])
def test_a_width_that_is_not_positive_is_refused(name, width):
    with pytest.raises(ValueError, match="positive finite width"):
        noise.registry[name](width)


def test_a_width_of_the_wrong_type_is_refused(name):
    for wrong in ("wide", True, None):
        with pytest.raises(TypeError, match="LearningRateSchedule"):
            noise.registry[name](wrong)
    with pytest.raises(ValueError, match="learned must be True or False, but got 1"):
        noise.registry[name](0.5, learned=1, event_shape=(2,))


def test_a_schedule_that_starts_at_zero_is_refused(name):
    schedule = keras.optimizers.schedules.PolynomialDecay(0.0, 10, 0.1)
    with pytest.raises(ValueError, match="at step 0 is 0"):
        noise.registry[name](schedule)


def test_a_learned_noise_needs_its_event_shape(name):
    with pytest.raises(ValueError, match="event_shape"):
        noise.registry[name](0.5, learned=True)
    with pytest.raises(ValueError, match=r"event_shape=\(3,\) makes no difference: only a noise"):
        noise.registry[name](0.5, event_shape=(3,))


def test_get():
    assert noise.get(None) is None
    spread = noise.Laplace(0.2)
    assert noise.get(spread) is spread
    assert isinstance(noise.get("normal"), noise.Gaussian)
    gaussian = noise.get(2)
    assert isinstance(gaussian, noise.Gaussian)
    assert float(gaussian.width()) == 2.0


def test_get_refuses_what_is_no_noise():
    with pytest.raises(ValueError, match="laplace"):
        noise.get("laplacian")
    with pytest.raises(ValueError, match="positive"):
        noise.get(0)
    for wrong in (True, [0.5], keras.saving.serialize_keras_object(keras.layers.Dense(1))):
        with pytest.raises(TypeError, match="Pass a SpreadNoise"):
            noise.get(wrong)
