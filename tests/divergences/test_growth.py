"""However f grows, all that derives from it is finite, or infinite where its true value is.

`test_custom.py` compares a user's f to the members; here are generators that no member has.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import tensorflow as tf

from kfdiv import divergences
from kfdiv.divergences.generator import Generator
from tests.divergences import growth, oracles

POINTS = np.float64([3.3, 16.2, 95.1, 240.3, 760.4, 2000.7])
POINTS = np.float64(np.float32([*-POINTS, *POINTS]))  # The same numbers in both precisions.
FAR = (1e4, 1e3, 2e2)
"""The ranges searched: overflow comes between 700/c and 800/c, for powers c of any size."""


@pytest.fixture(params=growth.GENERATORS)
def case(request):
    return growth.GENERATORS[request.param]


def search(number):
    """Return random log u, as many of each range."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.uniform(-far, far, number // len(FAR)) for far in FAR])


def value_and_slope(function, x):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return y, tape.gradient(y, x, unconnected_gradients="zero")


def quantities(divergence):
    """Name every public quantity of log u that is not just another of them."""
    for name in ("f", "f_prime", "conjugate_of_f_prime", "curvature"):
        yield name, getattr(divergence, name)
    yield "half", lambda log_u: divergence.integrands(log_u)[0]


def test_there_are_twenty_and_more():
    assert len(growth.GENERATORS) >= 20


def test_jets_are_exact_or_rightly_infinite(case):
    """In float64, in which every quantity and derivative of a user's f is computed."""
    jet = Generator(case.function, case.argument == "log_u").at(tf.constant(POINTS))
    # What a formula in u cancels to carries its rounding.
    tolerance = 1e-6 if case.exact else None
    for index, log_u in enumerate(POINTS):
        exact = growth.exactly(case.oracle, log_u)
        for name, values in jet._asdict().items():
            actual, want = float(values[index]), exact[name]
            message = f"{name} at log u = {log_u}: {actual}, exactly {mp.nstr(want, 8)}"
            assert growth.matches(actual, want, "float64", tolerance), message


def test_no_jet_is_nan(case):
    log_u = search(30_000)
    jet = Generator(case.function, case.argument == "log_u").at(tf.constant(log_u))
    for name, values in jet._asdict().items():
        bad = np.isnan(values)
        assert not np.any(bad), f"{name} at log u = {log_u[bad]}"
    assert np.all(jet.curvature >= -1e-9 * np.abs(jet.f_prime))


def test_public_values_and_gradients(case):
    """In float32, where a gradient is infinite only if the true one overflows."""
    divergence, tolerance = case.make(), 1e-4 if case.exact else None
    exact = [growth.exactly(case.oracle, log_u) for log_u in POINTS]
    integrand, slope = value_and_slope(lambda x: divergence.integrands(x)[0], np.float32(POINTS))
    f = divergence.f(np.float32(POINTS))
    for name, values in (("f", f), ("half", integrand), ("slope of half", slope)):
        for log_u, actual, numbers in zip(POINTS, values.numpy(), exact, strict=True):
            message = f"{name} at log u = {log_u}: {actual}, exactly {mp.nstr(numbers[name], 8)}"
            assert growth.matches(float(actual), numbers[name], "float32", tolerance), message


@pytest.mark.rehearsal
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_million_log_u(case, dtype):
    """Values and gradients of every quantity, of the dual's too."""
    divergence = case.make()

    @tf.function
    def nans(log_u):
        counts = []
        for either in (divergence, divergence.dual()):
            for _, function in quantities(either):
                both = tf.stack(value_and_slope(function, log_u))
                counts.append(tf.math.count_nonzero(tf.math.is_nan(both)))
        return tf.stack(counts)

    far = np.random.default_rng(0).uniform(-1e4, 1e4, (10, 100_000))
    for log_u in far:
        np.testing.assert_array_equal(nans(tf.constant(log_u, dtype)), 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", oracles.ORACLES)
def test_the_members_pass_the_same_search(name, dtype):
    """Their duals, and sums and multiples among them, too."""
    log_u = tf.constant(search(3_000), dtype)
    for divergence in (oracles.make(name), oracles.make(name).dual()):
        for quantity, function in quantities(divergence):
            value, slope = value_and_slope(function, log_u)
            for what, tensor in (("", value), ("the gradient of ", slope)):
                bad = np.isnan(tensor)
                assert not np.any(bad), f"{what}{quantity} of {divergence} at {log_u[bad]}"


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("u^7", "float32"),
        ("u^3", "float32"),  # Whose conjugate overflows where u does not.
        ("-log u", "float64"),
        *(
            pytest.param(name, "float32", marks=pytest.mark.rehearsal)
            for name in growth.GENERATORS
            if name not in ("u^7", "u^3")
        ),
    ],
)
def test_conjugates_at_every_slope(name, dtype):
    """f*(f'(u)) is u f'(u) - f(u), where neither overflows on the way, and no NaN elsewhere."""
    divergence = growth.GENERATORS[name].make()
    log_u = tf.constant(search(90), dtype)
    t = divergence.f_prime(log_u)
    ends = tf.constant([-np.inf, np.inf, -1e30, 1e30, -684.0, 684.0, 5550.0], dtype)
    t = tf.concat([t, ends], 0)
    value, slope = value_and_slope(tf.function(divergence.conjugate), t)
    for tensor in (value, slope):
        assert not np.any(np.isnan(tensor)), t[np.isnan(tensor)]
    assert value[-6] == np.inf
    expected = divergence.conjugate_of_f_prime(log_u).numpy()
    near = np.abs(log_u) < 8.0
    actual = value.numpy()[: len(log_u)]
    np.testing.assert_allclose(actual[near], expected[near], rtol=1e-3, atol=1e-6)


def test_powers_near_one_keep_their_order():
    """u^1.001 is not u log u: far out its slope is 1,700 times that one's."""
    x = tf.constant([1e4, 500.0], "float64")
    slope = divergences.Custom(lambda u: u**1.001 - 1).f_prime(x)
    np.testing.assert_allclose(slope, 1.001 * np.exp(0.001 * x), rtol=1e-9)


def test_powers_of_log_u_grow_like_no_power_of_u():
    """As they would if the order at which u f'' grows at the last point were taken for good."""
    custom = growth.GENERATORS["u log(u)^2"].make()
    assert np.all(custom.f_prime([1e3, 1e4]) < np.square([1e3, 1e4]) * 1.1)


def test_terms_that_cancel_are_not_trusted():
    """u log u - (1 + u) log(1 + u) is 0 in float64 where 1 + u is u."""
    custom = growth.GENERATORS["gan"].make()
    log_u = tf.constant([25.0, 50.0, 150.0, 1e4])
    np.testing.assert_allclose(custom.f(log_u), -log_u - 1 + 2 * np.log(2), rtol=1e-6)


def test_curvature_that_is_but_rounding_is_not_continued():
    """That of (1 + u^4)^(1/4) falls like u^-4, below the rounding of its terms."""
    custom = growth.GENERATORS["(1 + u^4)^(1/4)"].make()
    np.testing.assert_array_equal(custom.curvature([50.0, 1e4]), 0.0)
    assert custom.conjugate_domain[1] == pytest.approx(1.0)


def test_a_curvature_unknown_at_one_point_is_zero_there():
    assert growth.GENERATORS["|u - 1|^1.5"].make().curvature(0.0) == 0.0


def test_the_gradient_of_a_curvature_does_without_a_third_derivative():
    """That of relu(u - 1)^2 is 0 * infinity below 1, that of u^-7 overflows on the way."""
    for name, log_u, expected in (("(u - 1)_+^2", -1.0, 0.0), ("u^-7", -75.0, -448 * np.exp(600))):
        curvature = growth.GENERATORS[name].make().curvature
        gradient = oracles.gradient(curvature, tf.constant(log_u, "float64"))
        np.testing.assert_allclose(gradient, expected, rtol=1e-6)


def test_sums_whose_terms_overflow_to_opposite_infinities():
    """u log u outgrows 2 - 2 sqrt u; u (log(2) / 2 - 3) falls, and u (log(2) / 2 - 0.1) rises."""
    hellinger = divergences.Custom(lambda u: 2 - 2 * tf.sqrt(u))
    steep, flat = (
        divergences.Custom(lambda u, a=a: -tf.math.log(u) - a * (u - 1)) for a in (3.0, 0.1)
    )
    kl, js = divergences.get("kl"), divergences.get("js")
    log_u = tf.constant([95.0, 200.0, 1e4])
    for divergence, sign in ((kl + hellinger, 1), (hellinger + kl, 1), (steep + js, -1)):
        for tensor in value_and_slope(divergence.f, log_u):
            np.testing.assert_array_equal(tensor[1:], sign * np.inf)
    for tensor in value_and_slope((flat + js).f, log_u):
        np.testing.assert_array_equal(tensor, np.inf)
    near = tf.constant([-1e4, -3.0, 0.5, 20.0, 80.0])
    for mine, terms in zip(
        value_and_slope((kl + hellinger).f, near),
        zip(value_and_slope(kl.f, near), value_and_slope(hellinger.f, near), strict=True),
        strict=True,
    ):
        np.testing.assert_allclose(mine, tf.add_n(terms), rtol=1e-6)
