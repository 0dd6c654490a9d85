"""The estimator for very large N: unbiased in the density whatever the search finds."""

import numpy as np
import pytest
import tensorflow as tf

from kfdiv import noise, random
from kfdiv.distributions import Empirical
from kfdiv.distributions.empirical import search as search_lib
from kfdiv.distributions.empirical.points import Points
from kfdiv.distributions.empirical.projection import Projection
from tests.compiled import graph_and_xla

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1000, 6))
Y = X[:8] + 0.5 * RNG.normal(size=(8, 6))
SEARCHES = [
    "graph",
    pytest.param(
        "faiss",
        marks=pytest.mark.skipif(not search_lib.faiss_installed(), reason="faiss not installed"),
    ),
]


def density(x=X, spread=0.5, **options):
    return Empirical(x, spread, "index", dtype="float64", **{"search": "graph", **options})


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("name", noise.registry.names())
def test_the_density_is_unbiased_and_so_is_its_gradient(name, search):
    spread = noise.get(name)
    which = density(spread=spread, near=16, rest=64, search=search)
    y = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(y)
        exact = tf.exp(Empirical(X, spread, dtype="float64").log_prob(y, 0.8))
    slope = tape.gradient(exact, y)
    kernels = np.sort(np.exp(spread.log_kernel(Y[:, None], tf.constant(X), 0.8)), axis=1)
    # The test would not notice the remainder if the near points were all of the mass.
    assert (kernels[:, -16:].sum(1) / 1000 < 0.7 * exact.numpy()).any()
    samples = []
    function = tf.function(lambda step: estimate(which, step), autograph=False)
    for step in range(400):
        samples.append(function(tf.constant(step)))
    for sample, expected in zip(zip(*samples, strict=True), (exact, slope), strict=True):
        error = np.std(sample, 0) / np.sqrt(len(sample))
        assert (np.abs(np.mean(sample, 0) - expected) < 5 * error).all()


def estimate(which, step):
    """Return one estimate of the density at Y and its gradient."""
    y = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(y)
        seed = random.seed(0, "index", step)
        value = tf.exp(which.log_prob(y, tf.constant(0.8, tf.float64), seed=seed))
    return value, tape.gradient(value, y)


def values(which, width, count):
    """Return many independent estimates of the density."""

    @tf.function(autograph=False)
    def value(step):
        seed = random.seed(0, "index", step)
        return tf.exp(which.log_prob(Y, width, seed=seed, differentiable=False))

    return np.stack([value(tf.constant(step)) for step in range(count)])


def test_near_points_lower_the_variance():
    few, many = (values(density(near=near, rest=64), 0.2, 100).std(0) for near in (1, 200))
    assert (many < 0.5 * few).all()


def test_where_all_points_are_near_it_is_exact():
    which = density(near=1000, rest=4)
    exact = Empirical(X, 0.5, dtype="float64")
    actual = which.log_prob(Y, 0.5, seed=random.seed(0, "index"))
    np.testing.assert_allclose(actual, exact.log_prob(Y, 0.5), rtol=1e-9)


def test_width_gradients_a_dimension():
    width = tf.constant(np.linspace(0.3, 1.0, 6))
    which, exact = density(near=1000, rest=4), Empirical(X, 0.5, dtype="float64")
    gradients = []
    for one in (which, exact):
        with tf.GradientTape() as tape:
            tape.watch(width)
            value = one.log_prob(Y, width, seed=random.seed(0, "index"))
        gradients.append(tape.gradient(value, width))
    np.testing.assert_allclose(*gradients, rtol=1e-8)


def test_eager_graph_and_xla_agree():
    which = Empirical(X.astype("float32"), 0.5, "index", near=16, rest=64, search="graph")

    def value_and_score(y):
        with tf.GradientTape() as tape:
            tape.watch(y)
            value = which.log_prob(y, 0.5, seed=random.seed(0, "index"))
        return value, tape.gradient(value, y)

    y = tf.constant(Y, tf.float32)
    eager = value_and_score(y)
    for compiled in graph_and_xla(value_and_score):
        for a, b in zip(compiled(y), eager, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize(("size", "count"), [(40, 40), (1000, 1), (1000, 16), (20_011, 64)])
def test_a_search_finds_distinct_points_most_of_them_nearest(search, size, count):
    x = np.random.default_rng(1).normal(size=(size, 6))
    points = Points([x], "float64")
    finder = search_lib.registry[search](points, Projection(points, 6), count)
    found = finder(tf.constant(Y) - points.mean).numpy()
    assert found.shape == (8, count)
    distances = np.square(Y[:, None] - x).sum(-1)
    nearest = np.argsort(distances, axis=1)[:, :count]
    hits = 0
    for row, best in zip(found, nearest, strict=True):
        row = row[row >= 0]
        assert len(set(row)) == len(row)
        assert (row < size).all()
        hits += len(set(row) & set(best))
    assert hits > 0.7 * found.size


def test_points_that_a_search_did_not_find_count_nothing():
    which = density(near=4, rest=200)
    search = which._estimator._search
    full = search(tf.constant(Y))

    def partial(y):
        return tf.where([[True, True, False, False]], full, -1)

    which._estimator._search = partial
    estimates = values(which, 0.8, 200)
    exact = np.exp(Empirical(X, 0.5, dtype="float64").log_prob(Y, 0.8))
    assert (np.abs(estimates.mean(0) - exact) < 5 * estimates.std(0) / 200**0.5).all()


def test_integers_reach_every_index_evenly():
    from kfdiv.distributions.empirical.index import _integers

    draw = _integers(100_000, 7, random.seed(0, "integers")).numpy()
    counts = np.bincount(draw, minlength=7)
    assert len(counts) == 7
    assert (np.abs(counts - 100_000 / 7) < 5 * np.sqrt(100_000 / 7)).all()
    large = _integers(100_000, 2**30, random.seed(0, "integers")).numpy()
    # One 23-bit uniform would make every integer a multiple of 128, and collide far more often.
    assert len(set(large)) > 99_900
    assert len(set(large % 128)) == 128


def test_faiss_is_named_only_where_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(search_lib, "faiss_installed", lambda: False)
    automatic = density(search="auto")
    assert automatic.xla_compatible
    assert np.isfinite(automatic.log_prob(Y, 0.5, seed=random.seed(0, "index"))).all()
    with pytest.raises(ImportError, match=r"pip install 'kfdiv\[index\]'"):
        density(search="faiss")


def test_arguments_that_do_not_fit_are_refused():
    for options in ({"near": 0}, {"rest": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(options))} must be an integer"):
            density(**options)
    with pytest.raises(ValueError, match="faiss"):
        density(search="fais")
