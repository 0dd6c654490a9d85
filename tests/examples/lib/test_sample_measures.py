"""Scores of samples: each is what the library says of the sets that it should be of."""

import numpy as np
import pytest
import tensorflow as tf

import kfdiv
from examples.lib import judges, sample_measures
from examples.lib.sample_measures import Budget, SampleMeasures
from kfdiv import evaluation

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.random((2, 24, 12, 12, 3)).astype(np.float32)
BUDGET = Budget(samples=24, critic_steps=2, critic_filters=1, neighbors=2, subset_size=6)


def flat(images):
    return np.asarray(images).reshape(len(images), -1)[:, :5]


def by_brightness(images):
    share = np.asarray(images).mean(axis=(1, 2, 3))
    return np.stack([share, 1 - share], axis=1)


def bright(images):
    return (np.asarray(images).mean(axis=(1, 2, 3)) > 0.5).astype(int)


@pytest.fixture(scope="module")
def measures():
    judge = judges.Judge(flat, judges.one_channel, by_brightness, bright, 2, "brightness")
    return SampleMeasures(FIRST, SECOND, (0.0, 1.0), judge, BUDGET)


def test_scores_of_images_are_of_these_images_and_the_first_set(measures):
    found = measures.of_images(SECOND)
    shares = evaluation.precision_recall(flat(FIRST), flat(SECOND), k=2)
    assert (found["precision"][0], found["recall"][0]) == shares
    precision = shares.precision
    assert found["precision"][1] == pytest.approx(np.sqrt(precision * (1 - precision) / 24))
    # Of one channel of each image, by hand.
    given = by_brightness([SECOND[k, ..., k % 3, None] for k in range(24)])
    kl = (given * np.log(given / given.mean(axis=0))).sum(axis=1)
    assert found["inception_score"][0] == pytest.approx(np.exp(kl.mean()))
    assert found["modes"] == [len(set(bright(SECOND))), None]
    distance = evaluation.kernel_distance(flat(FIRST), flat(SECOND), subset_size=6)
    assert found["kid"] == distance.samples


def test_real_data_s_scores_are_of_the_second_set_and_of_it_with_noise(measures):
    found = measures.of_data()
    assert found["data"] == measures.of_images(SECOND)
    assert found["noised"]["diversity"] != found["data"]["diversity"]


def test_photographs_without_inception_have_no_score():
    judge = judges.of_photographs((0.0, 1.0), None)
    found = SampleMeasures(FIRST, SECOND, (0.0, 1.0), judge, BUDGET).of_images(SECOND)
    assert set(found) == {"diversity", "kid", "precision", "recall"}
    assert "no FID" in judge.description


@pytest.fixture(scope="module")
def vae():
    encoder = kfdiv.networks.rosca_encoder((12, 12, 3), 4, 1)
    decoder = kfdiv.distributions.Bernoulli(kfdiv.networks.rosca_generator(2, (12, 12, 3), 1))
    model = kfdiv.models.VAE(encoder, decoder)
    model.compile()
    return model


def test_a_critic_meets_the_means_of_pixels_that_are_on_or_off(vae):
    means = sample_measures.of_means(vae)
    z = tf.constant(RNG.normal(size=(3, 2)), tf.float32)
    drawn = means.decoder.sample(z, tf.constant([0, 1]), training=False)
    np.testing.assert_allclose(drawn, vae.decode(z), rtol=1e-6)
    assert len(np.unique(drawn)) > 2
    assert sample_measures.of_means(means) is means


def test_a_critic_meets_the_means_of_normals_as_pictures_show_them():
    network = kfdiv.networks.mlp(2, [], (2, 2, 1))
    network.layers[0].bias.assign([-5.0, 0.25, 0.75, 9.0])
    z = tf.zeros((1, 2))
    for decoder in (
        kfdiv.distributions.QuantizedNormal(network),
        kfdiv.distributions.Normal(network, scale=1.0),
    ):
        model = kfdiv.models.VAE(kfdiv.networks.mlp((2, 2, 1), [], 4), decoder)
        means = sample_measures.of_means(model)
        drawn = means.decoder.sample(z, tf.constant([0, 1]), training=False)
        np.testing.assert_allclose(np.ravel(drawn), [0.0, 0.25, 0.75, 1.0], rtol=1e-6)


@pytest.mark.rehearsal
def test_every_score_of_a_model_has_a_standard_error(vae, measures):
    found = measures(vae)
    assert set(found["objective"]) == {"negative_elbo"}
    error = np.abs(vae.reconstruct(SECOND) - SECOND).mean(axis=(1, 2, 3))
    assert found["reconstruction"][0] == pytest.approx(error.mean(), rel=1e-5)
    for name in found.keys() - {"objective", "slope", "modes"}:
        assert np.isfinite(found[name]).all(), name
