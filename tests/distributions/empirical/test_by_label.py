import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from kfdiv import random
from kfdiv.distributions.empirical import Empirical, EmpiricalByLabel

K, WIDTH = 3, 0.7
X = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")
LABELS = np.random.default_rng(1).permutation(np.arange(20) % 2)
Y = np.random.default_rng(2).normal(size=(6, 2)).astype("float32")
ASKED = np.array([0, 1, 1, 0, 0, 1])


def batches(*parts, size=7):
    return tf.data.Dataset.from_tensor_slices(parts).batch(size)


def unit(labels):
    return tf.constant(np.eye(K, dtype="float32")[labels])


def log_kernels(label, points=X, labels=LABELS):
    """log p(y|x_n) of all y and the points of a label."""
    of_label = labels == label
    means = points[of_label].astype("float64")
    return stats.norm(means, WIDTH).logpdf(Y[:, np.newaxis]).sum(axis=-1), means


def test_it_is_the_mixture_over_the_points_of_the_label_with_its_score():
    data = EmpiricalByLabel(batches(X, LABELS), WIDTH, num_classes=K)
    y = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(y)
        found = data.log_prob(y, WIDTH, condition=unit(ASKED))
    score = tape.gradient(found, y)
    for label in (0, 1):
        rows = np.equal(ASKED, label)
        kernels, means = log_kernels(label)
        expected = special.logsumexp(kernels, axis=1) - np.log(len(means))
        np.testing.assert_allclose(found[rows], expected[rows], rtol=1e-5)
        responsible = special.softmax(kernels, axis=1)
        expected = (responsible @ means - Y) / WIDTH**2
        np.testing.assert_allclose(score[rows], expected[rows], rtol=1e-4, atol=1e-5)


# It is made of the density without labels, which is compiled for every change.
@pytest.mark.rehearsal
def test_under_xla_it_is_the_same():
    data = EmpiricalByLabel(batches(X, LABELS), WIDTH, num_classes=K)
    compiled = tf.function(lambda y, c: data.log_prob(y, WIDTH, condition=c), jit_compile=True)
    expected = data.log_prob(Y, WIDTH, condition=unit(ASKED))
    np.testing.assert_allclose(compiled(Y, unit(ASKED)), expected, rtol=1e-6)


def test_a_label_without_points_has_no_density_and_spoils_no_other():
    data = EmpiricalByLabel(batches(X, LABELS), WIDTH, num_classes=K)
    asked = np.array([0, 2, 1, 2, 0, 1])
    y = tf.constant(Y)
    with tf.GradientTape() as tape:
        tape.watch(y)
        found = data.log_prob(y, WIDTH, condition=unit(asked))
        some = tf.reduce_sum(tf.boolean_mask(found, asked != 2))
    assert np.isnan(found[asked == 2]).all()
    assert np.isfinite(found[asked != 2]).all()
    assert np.isfinite(tape.gradient(some, y)).all()


def test_examples_count_by_their_weights_and_those_of_weight_zero_not_at_all():
    weights = np.where(np.arange(20) < 15, 1.0 + np.arange(20), 0.0).astype("float32")
    # All of label 2 weigh nothing: it has no points.
    labels = np.where(np.arange(20) < 15, LABELS, 2)
    data = EmpiricalByLabel(batches(X, labels, weights), WIDTH, num_classes=K)
    kernels, _ = log_kernels(1, X[:15], LABELS[:15])
    own = weights[:15][LABELS[:15] == 1].astype("float64")
    expected = special.logsumexp(kernels, axis=1, b=own / own.sum())
    found = data.log_prob(Y, WIDTH, condition=unit(np.ones(6, int)))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert np.isnan(data.log_prob(Y, WIDTH, condition=unit(np.full(6, 2)))).all()


def test_every_mode_has_it():
    options = {"mode": "pca", "components": 1, "neighbors": 2}
    data = EmpiricalByLabel(batches(X, LABELS), WIDTH, num_classes=K, **options)
    asked = {"seed": random.seed(0, "test")}
    found = data.log_prob(Y, WIDTH, condition=unit(np.zeros(6, int)), **asked)
    expected = Empirical(X[LABELS == 0], WIDTH, **options).log_prob(Y, WIDTH, **asked)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (batches(X), r"needs batches \(x, y\)"),
        (batches(X, LABELS + 2), r"Received the label 3; expected integers from 0 to 2"),
        (batches(X, LABELS - 1), r"Received the label -1"),
        (batches(X, LABELS).take(0), "received an empty data set"),
    ],
)
def test_it_says_what_it_needs(dataset, message):
    with pytest.raises(ValueError, match=message):
        EmpiricalByLabel(dataset, WIDTH, num_classes=K)
