"""Weighted points: `p^(y) = sum_n w_n p(y|x_n) / sum_n w_n`, in every mode."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from kfdiv import data, noise, random
from kfdiv.distributions import Empirical, NoisedData
from kfdiv.distributions.empirical.index import _numbers
from kfdiv.distributions.empirical.points import Points
from kfdiv.distributions.empirical.projection import Projection

RNG = np.random.default_rng(0)
X = RNG.normal(size=(211, 5)) * [3, 2, 1, 0.3, 0.1] + 4.0
Y = X[:7] + 0.4 * RNG.normal(size=(7, 5))
W = RNG.gamma(0.5, size=211)
TIMES = RNG.integers(0, 4, 211)
REPEATED = np.repeat(X, TIMES, axis=0)
MODES = {
    "exact": {"block_size": 64},
    "pca": {"components": 5},
    "index": {"near": 16, "rest": 32, "search": "graph"},
}
STANDARD = {"gaussian": stats.norm(), "laplace": stats.laplace()}

every = pytest.mark.parametrize("mode", MODES)


def density(x=X, w=None, mode="exact", spread="gaussian", **options):
    options = {**MODES[mode], "dtype": "float64", **options}
    return Empirical(x, noise.get(spread), mode, sample_weight=w, **options)


def direct(name, y, width, w):
    """Return the log density and the moments' weights p(n|y), in float64, every pair in memory."""
    kernels = (STANDARD[name].logpdf((y[:, None] - X) / width) - np.log(width)).sum(-1)
    logits = kernels + np.log(w, where=w > 0, out=np.full(len(w), -np.inf))
    return special.logsumexp(logits, axis=1) - np.log(w.sum()), special.softmax(logits, 1)


def value_and_gradients(which, width=0.7, step=0, y=Y):
    y, width = tf.constant(y), tf.constant(width, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch([y, width])
        value = which.log_prob(y, width, seed=random.seed(0, "weights", step))
    return value, *tape.gradient(value, [y, width])


@pytest.mark.parametrize("name", noise.registry.names())
def test_the_exact_mode_is_the_weighted_sum(name):
    which = density(w=W, spread=name)
    for width in (0.05, 0.7, 20.0):
        value, _, slope = value_and_gradients(which, width)
        np.testing.assert_allclose(value, direct(name, Y, width, W)[0], rtol=1e-10)
        h = 1e-6 * width
        above, below = (direct(name, Y, width + s, W)[0].sum() for s in (h, -h))
        np.testing.assert_allclose(slope, (above - below) / (2 * h), rtol=1e-6)


def test_the_score_is_weighted():
    _, score, _ = value_and_gradients(density(w=W))
    _, p = direct("gaussian", Y, 0.7, W)
    np.testing.assert_allclose(score, (p @ X - Y) / 0.7**2, rtol=1e-9)


def test_whole_weights_are_repeated_points():
    weighted, repeated = density(w=TIMES), density(REPEATED)
    for some, others in zip(*map(value_and_gradients, (weighted, repeated)), strict=True):
        np.testing.assert_allclose(some, others, rtol=1e-9)
    assert weighted.num_points == (TIMES > 0).sum()


def test_float32_is_accurate_far_from_the_origin():
    which = Empirical((X + 1e3).astype("float32"), 0.5, sample_weight=W)
    y = (Y + 1e3).astype("float32")
    expected, _ = direct("gaussian", y.astype("float64") - 1e3, 0.5, W)
    np.testing.assert_allclose(which.log_prob(y, 0.5), expected, rtol=1e-3, atol=1e-3)


@every
def test_their_scale_does_not_matter_and_equal_ones_do_nothing(mode):
    plain = value_and_gradients(density(mode=mode))
    for w in (np.ones(211), np.full(211, 1e-30)):
        for some, others in zip(value_and_gradients(density(w=w, mode=mode)), plain, strict=True):
            np.testing.assert_array_equal(some, others)
    several = (density(w=scale * W, mode=mode) for scale in (1.0, 1e-20, 1e20))
    first, *rest = (value_and_gradients(one) for one in several)
    for one in rest:
        np.testing.assert_allclose(one[0], first[0], rtol=1e-9)


@every
def test_a_weight_of_zero_takes_a_point_out(mode):
    w, kept = W * (TIMES > 0), TIMES > 0
    absent = value_and_gradients(density(X[kept], W[kept], mode))
    poisoned = np.where(kept[:, None], X, np.nan)
    for x in (X, poisoned):
        for some, others in zip(value_and_gradients(density(x, w, mode)), absent, strict=True):
            np.testing.assert_array_equal(some, others)


@pytest.mark.parametrize("mode", [pytest.param("pca", marks=pytest.mark.rehearsal), "index"])
def test_the_random_modes_agree_with_the_exact_one_on_average(mode):
    which, exact = density(w=W, mode=mode), density(w=W)

    @tf.function
    def draw(step):
        value, score, _ = value_and_gradients(which, step=step)
        # The density of "index" is unbiased, the score of "pca" where the subspace is everything.
        return tf.exp(value), score * (tf.exp(value)[:, None] if mode == "index" else 1.0)

    values, scores = (np.stack(part) for part in zip(*map(draw, tf.range(200)), strict=True))
    value, score, _ = value_and_gradients(exact)
    expected = np.exp(value)
    score = score * (expected[:, None] if mode == "index" else 1.0)
    for draws, mean in ((values, expected), (scores, score)):
        error = draws.std(0) / np.sqrt(len(draws))
        assert (np.abs(draws.mean(0) - mean) < 5 * error + 1e-9 * np.abs(mean)).all()


def test_where_all_points_are_near_the_index_is_exact():
    which = density(w=W, mode="index", near=211, rest=4)
    some, others = value_and_gradients(which), value_and_gradients(density(w=W))
    for one, other in zip(some, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8)


def test_principal_axes_are_those_of_repeated_points():
    projections = [
        Projection(Points(chunks, "float64"), 2) for chunks in ([(X, TIMES)], [REPEATED])
    ]
    spans = [axes @ axes.T for axes in (one.axes.numpy() for one in projections)]
    np.testing.assert_allclose(*spans, atol=1e-8)
    # And not those of the points alone.
    alone = Projection(Points([X], "float64"), 2).axes.numpy()
    assert np.abs(alone @ alone.T - spans[0]).max() > 1e-3


def test_the_subspace_s_value_is_that_of_repeated_points():
    pair = (density(x, w, "pca", components=2) for x, w in ((X, TIMES), (REPEATED, None)))
    some, others = (value_and_gradients(one) for one in pair)
    np.testing.assert_allclose(some[0], others[0], rtol=1e-7)


@pytest.mark.parametrize(
    "mode",
    [pytest.param(mode, marks=() if mode == "exact" else pytest.mark.rehearsal) for mode in MODES],
)
def test_eager_and_xla_agree(mode):
    which = Empirical(X.astype("float32"), 0.5, mode, sample_weight=W, **MODES[mode])

    def value_and_score(y):
        with tf.GradientTape() as tape:
            tape.watch(y)
            value = which.log_prob(y, 0.7, seed=random.seed(0, "weights"))
        return value, tape.gradient(value, y)

    y = tf.constant(Y, tf.float32)
    eager = value_and_score(y)
    for a, b in zip(tf.function(value_and_score, jit_compile=True)(y), eager, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)


def test_draws_by_weight_reach_every_point():
    drawn = _numbers(100_000, 3, random.seed(0, "weights")).numpy()
    assert stats.kstest(drawn / 3, "uniform").pvalue > 1e-3
    which = density(w=W, mode="index", rest=100_000)._estimator
    counts = np.bincount(which._draw(random.seed(0, "weights")), minlength=211)
    expected = 1e5 * W / W.sum()
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected) + 1).all()


@every
def test_a_data_set_brings_its_weights(mode):
    x, y = X.astype("float32"), np.arange(211)
    expected = value_and_gradients(density(x, W.astype("float32"), mode))
    sets = [
        tf.data.Dataset.from_tensor_slices((x, y, W.astype("float32"))).batch(50),
        data.from_arrays(x, y, batch_size=50, sample_weight=W).stream.examples(),
        data.from_arrays(x, batch_size=50, sample_weight=W).stream.examples(),
    ]
    for dataset in sets:
        which = Empirical.from_dataset(dataset, 0.5, mode, **MODES[mode], dtype="float64")
        for some, others in zip(value_and_gradients(which), expected, strict=True):
            np.testing.assert_allclose(some, others, rtol=1e-9)


def test_the_noised_data_are_weighted():
    keras.config.set_floatx("float64")
    which = NoisedData("exact")
    which.adapt(tf.data.Dataset.from_tensor_slices((X, X, W)).batch(50), noise.Gaussian(0.7))
    np.testing.assert_allclose(
        which.log_prob(tf.constant(Y), 0.7), direct("gaussian", Y, 0.7, W)[0], rtol=1e-9
    )


@pytest.mark.parametrize(
    ("w", "message"),
    [
        (np.zeros(211), "weights that are all zero"),
        (np.r_[W[:210], -1.0], "1 of 211 weights in one batch are negative, NaN or infinite"),
        (np.r_[W[:209], np.nan, np.inf], "2 of 211 weights"),
        (W[:210], r"weights of shape \(210,\) beside 211 examples"),
        (W[:, None], r"weights of shape \(211, 1\)"),
    ],
    ids=["zeros", "negative", "nan", "few", "column"],
)
def test_weights_that_are_none_are_refused(w, message):
    with pytest.raises(ValueError, match=message):
        density(w=w)


def test_a_data_set_takes_no_weights_beside_it():
    with pytest.raises(ValueError, match=r"Let the data set yield \(x, y, w\)"):
        Empirical(tf.data.Dataset.from_tensors(X), 0.5, sample_weight=W)
