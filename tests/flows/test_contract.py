"""What every density promises, whichever it is."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from kfdiv import flows
from tests.compiled import graph_and_xla
from tests.flows.support import jacobians, normals, randomize

EVENT = (2, 3)
DENSITIES = {
    "DiagonalMixture": lambda **options: flows.DiagonalMixture(EVENT, components=3, **options),
    "Flow": lambda **options: flows.Flow(EVENT, [flows.Affine(6, **options)], **options),
    "Unnormalized": lambda **options: flows.Unnormalized(
        kfdiv.networks.mlp(EVENT, [8], 1, "tanh"), **options
    ),
    "gaussian_lstm": lambda **options: flows.gaussian_lstm(EVENT, units=[4], **options),
    "maf": lambda **options: flows.maf(EVENT, layers=2, units=[8], **options),
    "real_nvp": lambda **options: flows.real_nvp(EVENT, layers=2, units=[8], **options),
}
SAMPLED = sorted(set(DENSITIES) - {"DiagonalMixture", "Unnormalized"})
# XLA takes no LSTM's loop from a graph that was traced before: test_recurrent.py compiles its own.
TRACED_ONCE = sorted(set(DENSITIES) - {"gaussian_lstm"})


def x_of(density: flows.Density, batch: int = 7) -> np.ndarray:
    return normals(batch, *density.event_shape, dtype=density.variable_dtype)


@pytest.fixture(params=DENSITIES)
def make(request):
    return DENSITIES[request.param]


@pytest.fixture(params=SAMPLED)
def make_sampled(request):
    return DENSITIES[request.param]


def test_every_public_density_is_tried_here() -> None:
    public = {name: getattr(flows, name) for name in flows.__all__}
    classes = {
        name
        for name, value in public.items()
        if inspect.isclass(value)
        and issubclass(value, flows.Density)
        and not inspect.isabstract(value)
    }
    makers = {
        name
        for name, value in public.items()
        if inspect.isfunction(value) and inspect.signature(value).return_annotation == "Flow"
    }
    assert set(DENSITIES) == classes | makers


def test_log_prob_is_a_number_an_example_and_what_the_layer_returns(make) -> None:
    density = randomize(make())
    x = x_of(density)
    values = density.log_prob(x)
    assert values.shape == (7,)
    np.testing.assert_array_equal(density(x), values)
    # Examples do not mix.
    np.testing.assert_allclose(density.log_prob(x[3:4]), values[3:4], rtol=1e-5)


@pytest.mark.parametrize("name", TRACED_ONCE)
def test_eager_graph_and_xla_agree_in_values_and_gradients(name) -> None:
    density = randomize(DENSITIES[name]())
    x = tf.constant(x_of(density))
    variables = [weight.value for weight in density.trainable_variables]

    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = density.log_prob(x)
        return [values, *tape.gradient(values, [x, *variables])]

    expected = run(x)
    for compiled in graph_and_xla(run):
        for found, wanted in zip(compiled(x), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_every_weight_gets_a_gradient(make) -> None:
    density = randomize(make())
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(density.log_prob(x_of(density)))
    gradients = tape.gradient(loss, [weight.value for weight in density.trainable_variables])
    dead = [
        variable.path
        for variable, gradient in zip(density.trainable_variables, gradients, strict=True)
        if gradient is None or not np.any(gradient)
    ]
    assert dead == []


def test_config_and_weights_come_back(make) -> None:
    density = randomize(make(name="mine"))
    config = keras.saving.serialize_keras_object(density)
    loaded = keras.saving.deserialize_keras_object(config)
    assert type(loaded) is type(density)
    assert loaded.name == "mine"
    assert loaded.get_config() == density.get_config()
    loaded.set_weights(density.get_weights())
    x = x_of(density)
    np.testing.assert_array_equal(loaded.log_prob(x), density.log_prob(x))


def test_its_weights_are_counted_before_its_first_call(make) -> None:
    density = make()
    counts = [np.size(weight) for weight in density.get_weights()]
    assert density.count_params() == sum(counts) > 0


def test_it_meets_data_that_it_can_use_once(make) -> None:
    density = make()
    density.adapt(5 + 2 * x_of(density))
    assert density.adapted


def test_within_a_model_it_is_saved_and_loaded(make, tmp_path) -> None:
    density = randomize(make())
    model = keras.Sequential([keras.Input(EVENT), keras.layers.Rescaling(0.5), density])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    x = x_of(density)
    np.testing.assert_array_equal(loaded(x), model(x))
    assert loaded.layers[-1].count_params() == density.count_params() > 0


def test_it_follows_the_default_dtype(make) -> None:
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    density = randomize(make())
    x = x_of(density)
    assert x.dtype == density.log_prob(x).dtype == np.float64
    # A detour through single precision would show.
    moved = density.log_prob(x + 1e-11) - density.log_prob(x)
    assert np.all(moved != 0)


def test_under_mixed_precision_densities_are_single(make) -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    density = randomize(make())
    assert {weight.dtype for weight in density.weights} == {"float32"}
    halved = density.log_prob(x_of(density))
    assert halved.dtype == density(x_of(density)).dtype == tf.float32
    keras.config.set_dtype_policy("float32")
    whole = make()
    whole.set_weights(density.get_weights())
    np.testing.assert_allclose(halved, whole.log_prob(x_of(density)), rtol=0.03, atol=0.03)


@pytest.mark.parametrize("shape", [(7, 2, 2), (7, 6), EVENT, (7, 1, *EVENT)])
def test_another_shape_is_refused(make, shape) -> None:
    with pytest.raises(ValueError, match="shape"):
        make().log_prob(np.zeros(shape, "float32"))


def test_density_is_that_of_the_base_times_the_jacobian(make_sampled) -> None:
    """The whole chain as one map, its determinant by autodiff and LU."""
    density = randomize(make_sampled(dtype="float64"))
    x = x_of(density)
    flat = x.reshape(len(x), -1)
    jacobian = jacobians(lambda v: density.inverse(tf.reshape(v, [-1, *EVENT]))[0], flat)
    z, log_det = density.inverse(x)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(jacobian)[1], atol=1e-10)
    base = -0.5 * np.sum(np.square(z) + np.log(2 * np.pi), axis=1)
    np.testing.assert_allclose(
        density.log_prob(x), base + np.linalg.slogdet(jacobian)[1], rtol=1e-12
    )


def test_it_is_invertible_in_single_precision(make_sampled) -> None:
    density = randomize(make_sampled())
    z = normals(500, 6, dtype="float32")
    x = density.forward(z)
    np.testing.assert_allclose(density.inverse(x)[0], z, atol=1e-5)
    x = normals(500, *EVENT, seed=1, dtype="float32")
    np.testing.assert_allclose(density.forward(density.inverse(x)[0]), x, atol=1e-5)


def test_samples_follow_the_seed_alone(make_sampled) -> None:
    density = randomize(make_sampled())
    samples = density.sample(5, seed=3)
    assert samples.shape == (5, *EVENT)
    np.testing.assert_array_equal(samples, density.sample(5, seed=3))
    assert np.all(samples != density.sample(5, seed=4))
    drawn = density.sample(5, kfdiv.random.seed(1, "test"))
    noise = kfdiv.random.normal((5, 6), kfdiv.random.seed(1, "test"))
    np.testing.assert_allclose(density.inverse(drawn)[0], noise, atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(SAMPLED) & set(TRACED_ONCE)))
def test_samples_and_their_gradients_are_the_same_in_eager_graph_and_xla(name) -> None:
    density = randomize(DENSITIES[name]())
    variables = [weight.value for weight in density.trainable_variables]

    def run(seed):
        with tf.GradientTape() as tape:
            samples = density.sample(5, seed)
            loss = tf.reduce_sum(samples**2)
        return [samples, *tape.gradient(loss, variables)]

    expected = run(tf.constant(2))
    assert all(np.any(gradient) for gradient in expected)
    for compiled in graph_and_xla(run):
        for found, wanted in zip(compiled(tf.constant(2)), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
