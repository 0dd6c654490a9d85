"""The abstract class, the operators, and divergences as Keras layers."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences
from tests.divergences import oracles

LOG_U = np.float32([-1e4, -300.0, -100.0, -20.0, -3.0, -0.3, 0.2, 2.0, 20.0, 100.0, 300.0, 1e4])
COMPILED = (*divergences.registry, "alpha(1.7)", "skew_js(0.3)", "2 * kl + rkl", "custom")


def make(case):
    if case == "custom":
        return divergences.Custom(lambda u: (u - 1) * tf.math.log(u))
    return oracles.make(case)


def test_abstract_class_cannot_be_instantiated():
    with pytest.raises(TypeError, match="abstract"):
        divergences.Divergence()


def test_a_subclass_that_leaves_something_out_cannot_either():
    class Half(divergences.Divergence):
        def f(self, log_u):
            return log_u

    with pytest.raises(TypeError, match="curvature"):
        Half()


class Least(divergences.Divergence):
    """Jeffreys by the abstract members alone."""

    conjugate_domain = (-float("inf"), float("inf"))

    def f(self, log_u):
        return tf.math.expm1(log_u) * log_u

    def f_prime(self, log_u):
        return log_u + 1.0 - tf.exp(-log_u)

    def conjugate_of_f_prime(self, log_u):
        return tf.math.expm1(log_u) + log_u

    def curvature(self, log_u):
        return 1.0 + tf.exp(-log_u)

    def dual(self):
        return Least()


def test_the_defaults_suffice():
    least, member = Least(), divergences.get("jeffreys")
    x = tf.constant(np.linspace(-6.0, 6.0, 25))
    np.testing.assert_allclose(least.conjugate(x), member.conjugate(x), rtol=1e-12)
    np.testing.assert_allclose(least.output_activation(x), member.f_prime(x), rtol=1e-12)
    a, b = least.integrands(x)
    np.testing.assert_allclose(tf.exp(x) * a + b, member.f(x), rtol=1e-12)
    expected = member.conjugate(member.f_prime(x))
    np.testing.assert_allclose(least.conjugate_of_activation(x), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "case",
    # Another parameter of a member takes the same path; a user's f takes longest, by far.
    [
        pytest.param(case, marks=pytest.mark.rehearsal if "(" in case or case == "custom" else ())
        for case in COMPILED
    ],
)
def test_eager_and_xla_agree(case):
    divergence = make(case)

    def everything(x):
        names = (
            "f",
            "f_prime",
            "conjugate_of_f_prime",
            "curvature",
            "output_activation",
            "conjugate_of_activation",
        )
        results = {name: getattr(divergence, name)(x) for name in names}
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            a, b = divergence.integrands(x)
        for name, side in (("a", a), ("b", b)):
            results[name] = side
            results[f"gradient of {name}"] = tape.gradient(side, x, unconnected_gradients="zero")
        results["f*"] = divergence.conjugate(divergence.output_activation(0.001 * x))
        return results

    eager = everything(tf.constant(LOG_U))
    compiled = tf.function(everything, jit_compile=True)(tf.constant(LOG_U))
    for name, value in eager.items():
        assert not np.any(np.isnan(value)), name
        np.testing.assert_allclose(compiled[name], value, rtol=2e-5, atol=2e-6, err_msg=name)


@pytest.mark.parametrize("case", ["kl", "js", "jeffreys", "alpha(1.7)", "custom"])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3, 1)])
def test_shape_and_dtype_are_those_of_the_argument(case, shape):
    divergence = make(case)
    for dtype in ("float32", "float64"):
        x = tf.zeros(shape, dtype) + 0.3
        outputs = [divergence.f(x), divergence.conjugate(x), *divergence.integrands(x)]
        outputs += [divergence.curvature(x), divergence(x)]
        for output in outputs:
            assert output.shape == shape
            assert output.dtype == dtype


def test_a_batch_of_unknown_size_is_fine():
    divergence = make("2 * kl + rkl")
    conjugate = tf.function(divergence.conjugate, input_signature=[tf.TensorSpec([None])])
    for t in ([0.0, 1.0], [2.0, 3.0, 4.0]):
        np.testing.assert_allclose(conjugate(tf.constant(t)), divergence.conjugate(t), rtol=1e-6)


def test_as_a_layer_it_is_the_output_activation():
    gan = divergences.get("gan")
    critic = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1), gan])
    x = tf.random.normal((5, 3))
    v = critic.layers[0](x)
    np.testing.assert_allclose(critic(x), gan.output_activation(v))
    assert gan.weights == []
    assert gan(tf.constant([1.0], "float64")).dtype == tf.float64


def test_names_are_in_snake_case_and_settable():
    assert divergences.SquaredHellinger().name == "squared_hellinger"
    assert [divergences.get(name).name for name in divergences.registry] == list(
        divergences.registry
    )
    assert divergences.KL(name="mine").name == "mine"


def test_weights_and_sums_by_operators():
    kl, rkl, js = (divergences.get(name) for name in ("kl", "rkl", "js"))
    mixed = 2 * kl + rkl + 0.5 * js
    assert repr(mixed) == "2 * KL() + RKL() + 0.5 * JS()"
    assert repr(2 * mixed) == "2 * (2 * KL() + RKL() + 0.5 * JS())"
    x = tf.constant([-2.0, 0.5, 3.0])
    for name in ("f", "f_prime", "conjugate_of_f_prime", "curvature"):
        one, other, third = (getattr(d, name)(x) for d in (kl, rkl, js))
        expected = 2 * one + other + 0.5 * third
        np.testing.assert_allclose(getattr(mixed, name)(x), expected, rtol=1e-6)
    assert not mixed.affine
    assert (kl + 3 * rkl).affine
    assert (2 * kl).requires_data_density is False
    assert (2 * rkl).uses_data_samples is False


def test_numpy_numbers_are_weights_too():
    scaled = np.float32(2.0) * divergences.get("kl") * np.int64(3)
    assert isinstance(scaled, divergences.Scaled)
    assert scaled.weight == 6.0
    assert repr(scaled) == "6 * KL()"


@pytest.mark.parametrize("weight", [0, -1.0, float("nan"), float("inf")])
def test_weights_are_positive(weight):
    with pytest.raises(ValueError, match=r"positive|finite"):
        weight * divergences.get("kl")


def test_products_of_weights_are_finite_too():
    with pytest.raises(ValueError, match="positive and finite, not inf"):
        1e200 * (1e200 * divergences.get("kl"))


@pytest.mark.parametrize("what", [divergences.get("kl"), "kl"])
def test_a_sum_takes_a_list(what):
    with pytest.raises(TypeError, match="takes a list of divergences"):
        divergences.Sum(what)


def test_what_does_not_add_up_is_a_type_error():
    kl = divergences.get("kl")
    for wrong in (
        lambda: kl + 1.0,
        lambda: "2" * kl,
        lambda: True * kl,
        lambda: divergences.Sum([kl, "rkl"]),
        lambda: divergences.Scaled("kl", 2.0),
        lambda: divergences.Alpha("0.5"),
    ):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(ValueError, match="at least one"):
        divergences.Sum([])


@pytest.mark.parametrize("pi", [0.0, 1.0, -0.2, 3])
def test_skew_is_strictly_between_zero_and_one(pi):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        divergences.SkewJS(pi)
