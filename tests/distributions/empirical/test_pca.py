"""The paper's estimator: which neighbours it draws, its score (eq. 34) and its value."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import special
from sklearn.decomposition import PCA

from kfdiv import noise, random
from kfdiv.distributions import Empirical
from tests.compiled import graph_and_xla

RNG = np.random.default_rng(0)
BASIS = np.linalg.qr(RNG.normal(size=(8, 8)))[0]
X = (RNG.normal(size=(300, 8)) * [3, 2, 1, 0.1, 0.1, 0.1, 0.1, 0.1]) @ BASIS.T + 4.0
LOCATION = X[:10] + 0.1
Y = LOCATION + 0.5 * RNG.normal(size=(10, 8))


def scores(density, y, width, draws, **arguments):
    """Return the gradients of many independent estimates, `(draws, batch, D)`."""

    @tf.function(autograph=False)
    def score(step):
        point = tf.constant(y)
        with tf.GradientTape() as tape:
            tape.watch(point)
            seed = random.seed(0, "pca", step)
            value = density.log_prob(point, width, seed=seed, **arguments)
        return tape.gradient(value, point)

    return tf.map_fn(score, tf.range(draws), fn_output_signature=tf.float64).numpy()


def subspace_softmax(at, divisor, components=3):
    """Return softmax(-squared subspace distances / `divisor`), by sklearn and numpy."""
    pca = PCA(components).fit(X)
    difference = pca.transform(at)[:, None] - pca.transform(X)
    return special.softmax(-np.square(difference).sum(-1) / divisor, axis=1)


@pytest.mark.parametrize(
    ("options", "arguments", "at", "divisor"),
    [
        ({}, {}, Y, 2 * 0.7**2),
        ({"temperature": 10.0}, {"location": LOCATION}, LOCATION, 10.0),
        ({"temperature": 10.0}, {}, Y, 10.0),
        ({"temperature": 2.0, "equation_35": "meant"}, {"location": LOCATION}, LOCATION, 0.5),
    ],
    ids=["eq33", "eq35", "eq35_without_location", "eq35_as_meant"],
)
def test_the_mean_score_is_equation_34(options, arguments, at, divisor):
    density = Empirical(X, 0.7, "pca", components=3, neighbors=30, dtype="float64", **options)
    draws = scores(density, Y, 0.7, 400, **arguments)
    weights = subspace_softmax(at, divisor)
    expected = (weights @ X - Y) / 0.7**2
    error = draws.std(0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(0) - expected) < 5 * error + 1e-9).all()
    # Eq. 34 averages `neighbors` independent draws from the softmax.
    variance = weights @ X**2 - (weights @ X) ** 2
    np.testing.assert_allclose(draws.var(0) * 30 * 0.7**4, variance, rtol=0.5)


def test_the_score_is_unbiased_where_the_subspace_is_everything():
    density = Empirical(X, 0.7, "pca", components=8, dtype="float64")
    exact = Empirical(X, 0.7, dtype="float64")
    draws = scores(density, Y, 0.7, 400)
    point = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = exact.log_prob(point, 0.7)
    error = draws.std(0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(0) - tape.gradient(value, point)) < 5 * error + 1e-9).all()
    seed = random.seed(0, "pca")
    np.testing.assert_allclose(density.log_prob(Y, 0.7, seed=seed), value, rtol=1e-9)


def test_the_value_drops_the_cross_term_outside_the_subspace():
    density = Empirical(X, 0.7, "pca", components=3, dtype="float64")
    pca = PCA(3).fit(X)
    inside = np.square(pca.transform(Y)[:, None] - pca.transform(X)).sum(-1)

    def residual(x):
        return np.square(x - pca.mean_).sum(-1) - np.square(pca.transform(x)).sum(-1)

    distances = inside + residual(Y)[:, None] + residual(X)
    kernels = -distances / (2 * 0.7**2) - 4 * np.log(2 * np.pi * 0.7**2)
    expected = special.logsumexp(kernels, axis=1) - np.log(len(X))
    actual = density.log_prob(Y, 0.7, seed=random.seed(0, "pca"))
    np.testing.assert_allclose(actual, expected, rtol=1e-9)


def test_more_points_than_a_chunk_and_a_tail():
    """Every chunk and bucket is drawn from with its mass, padding never."""
    x = np.random.default_rng(1).normal(size=(20_001, 2))
    density = Empirical(x, 1.0, "pca", dtype="float64")
    y = np.array([[0.0, 0.0], [1.0, -1.0]])
    draws = scores(density, y, 1.0, 300)
    weights = special.softmax(-0.5 * np.square(y[:, None] - x).sum(-1), axis=1)
    error = draws.std(0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(0) - (weights @ x - y)) < 5 * error).all()


def test_the_text_of_equation_35_holds_of_the_form_that_is_meant():
    """At 1 / T -> 0 the nearest neighbour is drawn, with no variance; as printed, any point."""
    means, spreads = {}, {}
    for form in ("meant", "printed"):
        options = {"temperature": 1e4, "equation_35": form, "components": 3, "neighbors": 30}
        density = Empirical(X, 0.7, "pca", dtype="float64", **options)
        points = scores(density, Y, 0.7, 100, location=LOCATION) * 0.7**2 + Y
        means[form], spreads[form] = points.mean(0), points.var(0).sum(-1)
    distances = np.square(PCA(3).fit(X).transform(LOCATION)[:, None] - PCA(3).fit_transform(X))
    np.testing.assert_allclose(means["meant"], X[distances.sum(-1).argmin(1)], rtol=1e-9)
    np.testing.assert_allclose(means["printed"], np.tile(X.mean(0), (10, 1)), atol=0.5)
    assert (spreads["meant"] < 1e-12).all()
    assert (spreads["printed"] > 0.1).all()


def test_a_far_point_draws_its_nearest_neighbour():
    density = Empirical(X, 0.1, "pca", components=3, dtype="float64")
    y = X[:1] + 1e3 * BASIS[:, :1].T
    score = scores(density, y, 0.1, 1)[0]
    nearest = X[np.argmax(X @ BASIS[:, 0])]
    np.testing.assert_allclose(score * 0.1**2 + y, nearest[None], rtol=1e-6)


def test_the_width_gradient_comes_from_the_same_neighbours():
    density = Empirical(X, 0.7, "pca", components=8, neighbors=2000, dtype="float64")
    exact = Empirical(X, 0.7, dtype="float64")
    gradients = []
    for which in (exact, density):
        width = tf.constant(0.7, tf.float64)
        with tf.GradientTape() as tape:
            tape.watch(width)
            value = tf.reduce_sum(which.log_prob(Y, width, seed=random.seed(0, "pca")))
        gradients.append(float(tape.gradient(value, width)))
    np.testing.assert_allclose(*gradients, rtol=0.02)


def test_eager_graph_and_xla_agree():
    density = Empirical(X.astype("float32"), 0.7, "pca", components=3, temperature=10.0)

    def value_and_score(y):
        with tf.GradientTape() as tape:
            tape.watch(y)
            value = density.log_prob(y, 0.7, seed=random.seed(0, "pca"), location=LOCATION)
        return value, tape.gradient(value, y)

    y = tf.constant(Y, tf.float32)
    eager = value_and_score(y)
    for compiled in graph_and_xla(value_and_score):
        for a, b in zip(compiled(y), eager, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "spread",
    [noise.Laplace(0.5), noise.Gaussian(0.5, learned=True, event_shape=(8,))],
    ids=["laplace", "learned"],
)
def test_other_noise_is_refused(spread):
    with pytest.raises(ValueError, match=r"Gaussian noise of one width.*'exact'"):
        Empirical(X, spread, "pca")


def test_arguments_that_do_not_fit_are_refused():
    nan = float("nan")
    for name in ("components", "neighbors"):
        for value in (0, 2.5, nan):
            with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1"):
                Empirical(X, 0.5, "pca", **{name: value})
    for value in (0.0, nan):
        with pytest.raises(ValueError, match="temperature must be a positive number, or None"):
            Empirical(X, 0.5, "pca", temperature=value)
    with pytest.raises(ValueError, match="equation_35 must be one of printed, meant"):
        Empirical(X, 0.5, "pca", temperature=1.0, equation_35="text")
    with pytest.raises(ValueError, match=r"which is equation 33\. Give a temperature"):
        Empirical(X, 0.5, "pca", equation_35="meant")
    with pytest.raises(ValueError, match="two data points"):
        Empirical(X[:1], 0.5, "pca", components=3)
    density = Empirical(X, 0.5, "pca")
    with pytest.raises(ValueError, match="scalar width"):
        density.log_prob(Y, np.ones(8), seed=random.seed(0, "pca"))
