"""The exact mixture against float64 direct evaluation, tfp and finite differences."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import special, stats

from kfdiv import noise
from kfdiv.distributions import Empirical
from tests.compiled import graph_and_xla

tfd = tfp.distributions

STANDARD = {"gaussian": stats.norm(), "laplace": stats.laplace()}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(503, 6)) + 5.0
Y = X[:12] + 0.4 * RNG.normal(size=(12, 6))
WIDTHS = np.array([0.2, 0.3, 0.5, 0.8, 1.0, 2.0])


@pytest.fixture(params=noise.registry.names())
def name(request):
    return request.param


def direct(name, y, width, x=X):
    """Return the log density and p(n|y) in float64, with every pair in memory."""
    kernels = STANDARD[name].logpdf((y[:, None] - x) / width) - np.log(width)
    log_kernels = kernels.sum(-1)
    return special.logsumexp(log_kernels, axis=1) - np.log(len(x)), special.softmax(log_kernels, 1)


def numeric(name, y, width, h=1e-5):
    """Return the derivatives in y, and in a width a dimension, by central differences."""
    width = np.broadcast_to(width, y.shape[1:])
    steps = h * np.eye(y.shape[1])
    by_y = [direct(name, y + s, width)[0] - direct(name, y - s, width)[0] for s in steps]
    by_width = [direct(name, y, width + s)[0] - direct(name, y, width - s)[0] for s in steps]
    return np.stack(by_y, 1) / (2 * h), np.stack(by_width, 1) / (2 * h)


@pytest.mark.parametrize("block_size", [61, 503, None])
def test_log_prob_is_the_direct_sum(name, block_size):
    density = Empirical(X, noise.get(name), block_size=block_size, dtype="float64")
    log_prob = tf.function(density.log_prob, autograph=False)
    for width in (0.05, 0.5, 20.0, WIDTHS):
        actual = log_prob(tf.constant(Y), tf.constant(width, tf.float64))
        np.testing.assert_allclose(actual, direct(name, Y, width)[0], rtol=1e-10)


def test_float32_is_accurate_far_from_the_origin(name):
    far = 1000.0
    density = Empirical((X + far).astype("float32"), noise.get(name))
    y = (Y + far).astype("float32")
    for width in (0.1, 0.5, 5.0):
        expected, _ = direct(name, y.astype("float64"), width, (X + far).astype("float32"))
        np.testing.assert_allclose(density.log_prob(y, width), expected, rtol=1e-4, atol=1e-3)


def test_gaussian_mixture_is_tfps():
    density = Empirical(X, 0.5, dtype="float64")
    mixture = tfd.MixtureSameFamily(
        tfd.Categorical(logits=tf.zeros(len(X), tf.float64)),
        tfd.MultivariateNormalDiag(tf.constant(X), tf.constant([0.5] * 6, tf.float64)),
    )
    y = tf.constant(Y)
    gradients = []
    for log_prob in (mixture.log_prob, lambda y: density.log_prob(y, 0.5)):
        with tf.GradientTape() as tape:
            tape.watch(y)
            value = log_prob(y)
        gradients.append((value, tape.gradient(value, y)))
    for expected, actual in zip(*gradients, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-9)


@pytest.mark.parametrize("width", [0.3, WIDTHS], ids=["scalar", "a_dimension"])
def test_gradients_are_those_of_finite_differences(name, width):
    density = Empirical(X, noise.get(name), block_size=64, dtype="float64")
    y, w = tf.constant(Y), tf.constant(width, tf.float64)
    upstream = np.linspace(-1, 2, len(Y))
    with tf.GradientTape() as tape:
        tape.watch([y, w])
        total = tf.reduce_sum(upstream * density.log_prob(y, w))
    by_y, by_width = tape.gradient(total, [y, w])
    expected_y, expected_width = numeric(name, Y, width)
    np.testing.assert_allclose(by_y, upstream[:, None] * expected_y, rtol=1e-6, atol=1e-6)
    expected_width = (upstream[:, None] * expected_width).sum(0)
    if np.ndim(width) == 0:
        expected_width = expected_width.sum()
    np.testing.assert_allclose(by_width, expected_width, rtol=1e-6, atol=1e-6)


def test_the_gaussian_score_is_the_papers():
    """sum_n p(n|y) (x_n - y) / width^2: towards the data, not away from them."""
    density = Empirical(X, 0.5, dtype="float64")
    y = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(y)
        value = density.log_prob(y, 0.5)
    _, weights = direct("gaussian", Y, 0.5)
    np.testing.assert_allclose(tape.gradient(value, y), (weights @ X - Y) / 0.25, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "width"),
    # The shape of a width and the noise are apart: for every change each is compiled once.
    [
        pytest.param(name, width, marks=() if k % 2 == j else pytest.mark.rehearsal)
        for k, name in enumerate(noise.registry.names())
        for j, width in enumerate([0.5, WIDTHS])
    ],
    ids=lambda part: part if isinstance(part, str) else f"{np.ndim(part)}d",
)
def test_eager_graph_and_xla_agree(name, width):
    density = Empirical(X.astype("float32"), noise.get(name), block_size=200)

    def value_and_gradients(y, width):
        with tf.GradientTape() as tape:
            tape.watch([y, width])
            value = density.log_prob(y, width)
        return value, *tape.gradient(value, [y, width])

    y, width = tf.constant(Y[:4], tf.float32), tf.constant(width, tf.float32)
    eager = value_and_gradients(y, width)
    for compiled in graph_and_xla(value_and_gradients):
        for a, b in zip(compiled(y, width), eager, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)


def test_a_learned_width_is_reached_through_the_noise(name):
    spread = noise.registry[name](0.5, learned=True, event_shape=(6,))
    density = Empirical(X.astype("float32"), spread)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(density.log_prob(tf.constant(Y, tf.float32), spread.width(0)))
    (gradient,) = tape.gradient(loss, spread.trainable_variables)
    _, by_width = numeric(name, Y, 0.5)
    with tf.GradientTape() as tape:
        width = spread.width(0)
    by_width = tf.constant(by_width.sum(0), tf.float32)
    (expected,) = tape.gradient(width, spread.trainable_variables, by_width)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-2)


def test_points_far_outside_the_data_have_finite_values_and_scores(name):
    density = Empirical(X.astype("float32"), noise.get(name))
    y = tf.constant([[1e4] * 6, [-1e4] * 6])
    with tf.GradientTape() as tape:
        tape.watch(y)
        value = density.log_prob(y, 0.1)
    assert np.isfinite(value).all()
    score = tape.gradient(value, y).numpy()
    assert np.isfinite(score).all()
    assert (score[0] < 0).all()
    assert (score[1] > 0).all()


def test_memory_never_holds_all_pairs_and_dimensions():
    """The largest tensor of the graph is the data, not N x batch x D."""
    x = np.random.default_rng(0).normal(size=(20_000, 32)).astype("float32")
    density = Empirical(x, 0.5)

    @tf.function(autograph=False)
    def score(y):
        with tf.GradientTape() as tape:
            tape.watch(y)
            value = density.log_prob(y, 0.5)
        return tape.gradient(value, y)

    graph = score.get_concrete_function(tf.TensorSpec((50, 32))).graph
    graphs = [graph, *(f.graph for f in graph._functions.values() if hasattr(f, "graph"))]
    sizes = [
        tensor.shape.num_elements() or 0
        for g in graphs
        for op in g.get_operations()
        for tensor in op.outputs
        if tensor.shape.is_fully_defined()
    ]
    assert max(sizes) == x.size


def test_a_block_size_that_is_not_positive_is_refused():
    for wrong in (0, 2.5, float("nan")):
        with pytest.raises(ValueError, match="block_size must be an integer of at least 1"):
            Empirical(X, 0.5, block_size=wrong)
