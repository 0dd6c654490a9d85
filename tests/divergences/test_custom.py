"""A user's f alone does what the member with that f does."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences
from tests.divergences import oracles

log, exp, sqrt = tf.math.log, tf.exp, tf.sqrt

IN_U = {
    "kl": lambda u: u * log(u),
    "rkl": lambda u: -log(u),
    "js": lambda u: (u * log(u) - (1 + u) * log((1 + u) / 2)) / 2,
    "squared_hellinger": lambda u: (sqrt(u) - 1) ** 2,
    "pearson": lambda u: (u - 1) ** 2,
    "neyman": lambda u: (1 - u) ** 2 / u,
    "total_variation": lambda u: abs(u - 1) / 2,
    "jeffreys": lambda u: (u - 1) * log(u),
    "alpha(0.3)": lambda u: (u**0.3 - 1 - 0.3 * (u - 1)) / (0.3 * -0.7),
    "alpha(3)": lambda u: (u**3 - 1 - 3 * (u - 1)) / 6,
    "skew_js(0.3)": lambda u: 0.3 * u * log(u) - (0.7 + 0.3 * u) * log(0.7 + 0.3 * u),
    "triangular": lambda u: (u - 1) ** 2 / (u + 1),
}
IN_LOG_U = {
    "kl": lambda x: exp(x) * x,
    "rkl": lambda x: -x,
    "js": lambda x: (exp(x) * x - (1 + exp(x)) * log((1 + exp(x)) / 2)) / 2,
    "neyman": lambda x: (1 - exp(x)) ** 2 * exp(-x),
    "total_variation": lambda x: abs(exp(x) - 1) / 2,
}
CASES = [(name, "u", False) for name in IN_U] + [(name, "log_u", False) for name in IN_LOG_U]
CASES += [(name, "u", True) for name in ("kl", "js", "neyman", "total_variation", "alpha(0.3)")]
# The transform is one for every f: of a finite and an infinite domain, with a kink, and for each
# way to write f.
TRANSFORMED = (
    ("js", "u", False),
    ("kl", "u", False),
    ("total_variation", "u", False),
    ("neyman", "log_u", False),
    ("alpha(0.3)", "u", True),
)
METHODS = ("f", "f_prime", "conjugate_of_f_prime", "curvature")
LOG_U = np.concatenate([np.linspace(-12.0, 12.0, 48), [-1e-3, 1e-3]])
FAR = np.float32([-1e4, -700.0, -250.0, -100.0, -80.0, -25.0, 25.0, 80.0, 100.0, 250.0, 700.0, 1e4])


def name_of(case):
    return "-".join(map(str, case))


@pytest.fixture(params=CASES, ids=name_of)
def pair(request):
    """A custom divergence and the member that it repeats, or the dual of both."""
    name, argument, dual = request.param
    function = (IN_U if argument == "u" else IN_LOG_U)[name]
    custom, member = divergences.Custom(function, argument), divergences.get(name)
    return (custom.dual(), member.dual()) if dual else (custom, member)


def half_of(divergence):
    """Return f(u) / (1 + u), which is a custom divergence's integrand, from any (a, b)."""

    def half(log_u):
        a, b = divergence.integrands(log_u)
        return a * tf.sigmoid(log_u) + b * tf.sigmoid(-log_u)

    return half


def value_and_gradient(function, x):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return y.numpy(), tape.gradient(y, x, unconnected_gradients="zero").numpy()


def test_it_does_what_the_member_does(pair):
    custom, member = pair
    functions = {name: [getattr(d, name) for d in pair] for name in METHODS}
    functions["integrand"] = [lambda x: custom.integrands(x)[0], half_of(member)]
    for name, (actual, expected) in functions.items():
        values = zip(
            value_and_gradient(actual, LOG_U), value_and_gradient(expected, LOG_U), strict=True
        )
        for got, want in values:
            np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7, err_msg=name)


def test_it_does_so_far_out_too(pair):
    """In float32: the same to 1e-4, infinite where the member is, and never NaN."""
    custom, member = pair
    for name in METHODS:
        values = value_and_gradient(getattr(custom, name), FAR)
        references = value_and_gradient(getattr(member, name), FAR)
        for actual, expected in zip(values, references, strict=True):
            message = f"{member!r} {name}: {actual} instead of {expected}"
            assert not np.any(np.isnan(actual)), message
            finite = np.isfinite(expected)
            assert np.allclose(actual[finite], expected[finite], rtol=1e-4, atol=1e-5), message
            np.testing.assert_array_equal(actual[~finite], expected[~finite], message)


def test_its_integrands_far_out(pair):
    custom, member = pair
    half, gradient = value_and_gradient(lambda x: custom.integrands(x)[1], FAR)
    assert not np.any(np.isnan(half))
    assert not np.any(np.isnan(gradient))
    # f(u) / (1 + u) can be had from f where u does not overflow in float64.
    near = np.abs(FAR) < 300
    expected = member.f(np.float64(FAR[near])) / (1.0 + np.exp(np.float64(FAR[near])))
    expected = np.where(expected < np.finfo(np.float32).max, expected, np.inf)
    np.testing.assert_allclose(half[near], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(case, marks=() if case in TRANSFORMED else pytest.mark.rehearsal)
        for case in CASES
    ],
    indirect=True,
    ids=name_of,
)
def test_conjugate_and_domain(pair):
    custom, member = pair
    t = np.sort(member.f_prime(np.array([-9.0, -2.0, -0.3, 0.1, 1.0, 5.0])))
    t = np.concatenate([t, (t[1:] + t[:-1]) / 2])
    actual = custom.conjugate(t)
    expected = member.conjugate(t)
    np.testing.assert_allclose(actual, expected, rtol=1e-7, atol=1e-8, err_msg=repr(member))
    # Pearson's is said to be all reals, since its activation is the identity.
    (lower, upper), expected = custom.conjugate_domain, member.conjugate_domain
    assert upper == pytest.approx(expected[1], rel=1e-6)
    if member.name != "pearson":
        assert lower == pytest.approx(expected[0], rel=1e-6)


def test_gradient_of_the_conjugate_is_the_maximiser():
    cubic = divergences.Custom(lambda u: u**3 - 1)
    t = tf.constant([0.03, 3.0, 300.0], "float64")  # f'(u) = 3 u^2
    u = np.array([0.1, 1.0, 10.0])
    np.testing.assert_allclose(oracles.gradient(cubic.conjugate, t), u, rtol=1e-9)
    second = oracles.gradient(lambda t: oracles.gradient(cubic.conjugate, t), t)
    np.testing.assert_allclose(second, 1 / (6 * u), rtol=1e-7)


def test_second_derivatives_pass_through():
    custom = divergences.Custom(IN_U["jeffreys"])
    second = oracles.gradient(lambda x: oracles.gradient(custom.f, x), LOG_U)
    u = np.exp(LOG_U)
    # d/dx of u f'(u) = u f' + u^2 f''.
    expected = u * (LOG_U + 1 - 1 / u) + u * (1 + 1 / u)
    np.testing.assert_allclose(second, expected, rtol=1e-8, atol=1e-9)


def test_a_name_takes_the_f_of_a_member():
    custom = divergences.Custom("js")
    expected = divergences.get("js").curvature(LOG_U)
    np.testing.assert_allclose(custom.curvature(LOG_U), expected, rtol=1e-6)


@keras.saving.register_keras_serializable(package="kfdiv_tests", name="cubic")
def cubic(u):
    return u**3 - 1


def test_a_name_takes_a_registered_function():
    by_name = divergences.Custom("kfdiv_tests>cubic")
    np.testing.assert_allclose(by_name.f(LOG_U), np.exp(LOG_U) ** 3 - 1, rtol=1e-12, atol=1e-12)


def test_unknown_name_lists_the_choices():
    with pytest.raises(ValueError, match=r"Unknown divergence 'jss'.*Did you mean 'js'.*register"):
        divergences.Custom("jss")


@pytest.mark.parametrize("junk", [3.0, None, [1.0], KeyError])
def test_what_is_not_callable_is_rejected(junk):
    with pytest.raises(TypeError, match="callable f"):
        divergences.Custom(junk)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda u: u**2, r"f\(1\) = 1, .* Subtract 1 from it"),
        (lambda u: u * log(u) - 0.25, r"f\(1\) = -0.25, .* Add 0.25 to it"),
        (lambda u: -((u - 1) ** 2), "not convex"),
        (lambda u: log(u) ** 2, r"not convex: its derivative decreases near u = [3-9]"),
        (lambda u: log(u), "not convex"),
        (
            lambda u: (u - 1) ** 2 - tf.nn.relu(u - 1e5) ** 3,
            r"derivative decreases near u = 9\.87e\+04, far from 1",
        ),
        (
            lambda u: (u - 1) ** 2 - 1e16 * tf.nn.relu(1e-5 - u) ** 3,
            r"derivative decreases near u = .*e-0[5-9], far from 1",
        ),
        (lambda u: 2 * (u - 1), "multiple of u - 1"),
        (lambda u: tf.zeros_like(u), "elementwise, differentiable"),
        (lambda u: tf.reduce_sum(u - 1), "elementwise, differentiable"),
        (lambda u: np.log(u), "consist of TensorFlow or `keras.ops` operations"),
        (lambda u: math.log(u), "fails on a float64 tensor"),
        (lambda u: u * tf.constant(2.0), "constants written as Python numbers"),
        (lambda u: (u - 1) / (u - 1), "not finite at log u = 0"),
        (lambda u: tf.nn.relu(u - 1) ** 1.5, "second derivative .*tf.where"),
    ],
)
def test_what_is_no_generator_is_rejected_with_the_fix(function, message):
    with pytest.raises(ValueError, match=message):
        divergences.Custom(function)


def test_argument_is_checked():
    with pytest.raises(ValueError, match="one of u, log_u"):
        divergences.Custom(cubic, argument="v")


def test_swapped_is_a_bool():
    with pytest.raises(TypeError, match="True or False, but got 'no'"):
        divergences.Custom(cubic, swapped="no")


def test_it_is_made_outside_graphs():
    @tf.function
    def train_step():
        return divergences.Custom(cubic).f(0.0)

    with pytest.raises(RuntimeError, match="outside a graph"):
        train_step()
