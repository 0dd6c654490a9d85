"""The Fréchet distance, against closed forms and scipy's matrix square root."""

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from kfdiv import evaluation


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def random_moments(rng, dims):
    factor = rng.normal(size=(dims, dims))
    return rng.normal(size=dims), factor @ factor.T / dims


@pytest.mark.parametrize("dims", [1, 5, 40])
def test_it_is_the_formula_with_scipy_s_square_root(rng, dims):
    (mean_a, cov_a), (mean_b, cov_b) = random_moments(rng, dims), random_moments(rng, dims)
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    expected = np.square(mean_a - mean_b).sum() + np.trace(cov_a + cov_b - 2 * root.real)
    found = evaluation.frechet_distance(mean_a, cov_a, mean_b, cov_b)
    assert found == pytest.approx(expected, rel=1e-6)
    assert evaluation.frechet_distance(mean_b, cov_b, mean_a, cov_a) == pytest.approx(found)


def test_covariances_that_commute_have_a_closed_form(rng):
    axes, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    a, b = rng.uniform(0, 3, size=(2, 6))
    found = evaluation.frechet_distance(
        np.zeros(6), axes * a**2 @ axes.T, np.ones(6), axes * b**2 @ axes.T
    )
    assert found == pytest.approx(6 + np.square(a - b).sum(), rel=1e-10)


def test_singular_covariances_are_real_and_right(rng):
    """Rank one in thirty dimensions: a b^T has one singular value, |a| |b| |cos|."""
    a, b = rng.normal(size=(2, 30))
    zero = np.zeros(30)
    expected = a @ a + b @ b - 2 * abs(a @ b)
    found = evaluation.frechet_distance(zero, np.outer(a, a), zero, np.outer(b, b))
    assert found == pytest.approx(expected, rel=1e-5)
    assert evaluation.frechet_distance(zero, np.outer(a, a), zero, np.outer(a, a)) < 1e-5


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_moments_are_numpy_s_whatever_the_batches_and_the_mean(rng, offset):
    x = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3)) + offset
    moments = evaluation.Moments()
    for batch in np.split(x, [1, 100, 101]):
        moments.update(batch)
    assert moments.count == 500
    np.testing.assert_allclose(moments.mean, x.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moments.covariance(), np.cov(x.T), rtol=1e-6)


def test_streams_may_have_labels_and_be_seen_through_features(rng):
    real, generated = rng.normal(size=(400, 4, 4, 1)), rng.normal(1.0, 2.0, size=(300, 4, 4, 1))
    dataset = tf.data.Dataset.from_tensor_slices((real, np.zeros(400))).batch(64)
    batches = np.split(generated, [100, 150])

    def features(images):
        return np.reshape(images, (-1, 16))[:, :2] ** 2

    a, b = features(real), features(generated)
    expected = evaluation.frechet_distance(a.mean(axis=0), np.cov(a.T), b.mean(axis=0), np.cov(b.T))
    assert evaluation.frechet_between(dataset, batches, features) == pytest.approx(expected)
    a, b = real.reshape(-1, 16), generated.reshape(-1, 16)
    expected = evaluation.frechet_distance(a.mean(axis=0), np.cov(a.T), b.mean(axis=0), np.cov(b.T))
    assert evaluation.frechet_between(dataset, batches) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([np.zeros((3, 2)), np.zeros((3, 4))], r"shape \(batch, 2\), but got \(3, 4\)"),
        ([np.full((3, 2), np.inf)], "6 of 6 values not finite in real"),
        ([np.zeros((1, 2))], "two examples or more"),
    ],
)
def test_features_that_have_no_distance_are_refused(batches, message):
    with pytest.raises(ValueError, match=message):
        evaluation.frechet_between(batches, batches)


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="features of one width"):
        evaluation.frechet_distance(np.zeros(2), np.eye(2), np.zeros(3), np.eye(3))


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_weights_are_repeated_examples(rng, offset):
    x, weight = rng.normal(size=(300, 3)) + offset, rng.integers(0, 4, 300)
    moments = evaluation.Moments()
    for rows in np.split(np.arange(300), [1, 100, 101]):
        moments.update(x[rows], weight[rows])
    moments.update(x[:2], [0, 0])
    repeated = np.repeat(x, weight, axis=0)
    assert moments.count == weight.sum()
    np.testing.assert_allclose(moments.mean, repeated.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance(), np.cov(x.T, fweights=weight), rtol=1e-6)
    generated = rng.normal(size=(50, 3)) + offset
    found = evaluation.frechet_between(generated, x, generated_weight=weight)
    assert found == pytest.approx(evaluation.frechet_between(generated, repeated), rel=1e-6)
    batches = [(x[rows], None, weight[rows]) for rows in np.split(np.arange(300), [40])]
    assert evaluation.frechet_between(generated, batches) == pytest.approx(found, rel=1e-6)


def test_weights_that_are_no_counts_of_examples_are_refused(rng):
    x = rng.normal(size=(30, 2))
    with pytest.raises(ValueError, match="add up to a number of examples"):
        evaluation.frechet_between(x, x, real_weight=np.full(30, 1 / 30))
    with pytest.raises(ValueError, match="real_weight beside a list of batches"):
        evaluation.frechet_between([x], x, real_weight=np.ones(30))
    with pytest.raises(ValueError, match="a weight each"):
        evaluation.frechet_between(x, x, real_weight=np.ones(3))


def test_an_array_is_one_set_and_not_its_rows(rng):
    real, fake = rng.normal(size=(400, 4, 4, 1)), rng.normal(size=(1_500, 4, 4, 1))
    expected = evaluation.frechet_between([real], [fake])
    assert evaluation.frechet_between(real, tf.constant(fake)) == pytest.approx(expected)
    with pytest.raises(ValueError, match="add a feature axis"):
        evaluation.frechet_between(list(real[:, 0, 0, 0].reshape(40, 10)), [fake])
    with pytest.raises(ValueError, match="pass its parts"):
        evaluation.frechet_between((real, fake), [fake])


class Features:
    """Says which range it takes."""

    value_range = (-1.0, 1.0)

    def __call__(self, x):
        return np.reshape(x, (len(x), -1))[:, :2]

    features = __call__


def test_bytes_are_scaled_to_the_range_of_the_features(rng):
    pixels, fake = rng.integers(0, 256, (40, 2, 2, 1)).astype("uint8"), rng.random((40, 2, 2, 1))
    for features in (Features(), Features().features):
        expected = evaluation.frechet_between(pixels / 127.5 - 1, 2 * fake - 1, features)
        found = evaluation.frechet_between(pixels, 2 * fake - 1, features)
        assert found == pytest.approx(expected, rel=1e-5)
    expected = evaluation.frechet_between(pixels / 255, fake)
    assert evaluation.frechet_between(pixels, fake) == pytest.approx(expected, rel=1e-5)
    assert evaluation.frechet_between([pixels], fake - 0.1) > 0
    with pytest.raises(ValueError, match=r"lies in \[-.*value_range=\(-1, 1\)"):
        evaluation.frechet_between(pixels, 2 * fake - 1)
    with pytest.raises(ValueError, match=r"lies in \[-.*value_range=\(-1, 1\)"):
        evaluation.frechet_between(2 * fake - 1, pixels)
    found = evaluation.frechet_between(pixels, 2 * fake - 1, value_range=(-1, 1))
    expected = evaluation.frechet_between(pixels / 127.5 - 1, 2 * fake - 1)
    assert found == pytest.approx(expected, rel=1e-5)
