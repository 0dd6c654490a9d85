"""Inception-v3 as a feature extractor: its inputs, with random weights."""

import keras
import numpy as np
import pytest

from kfdiv import evaluation


class Recorder:
    """Stands for the network: keeps what it is given, and pools it."""

    def __init__(self, **options):
        self.options, self.seen = options, []

    def __call__(self, images, training):
        assert training is False
        self.seen.append(np.asarray(images))
        return self.seen[-1].mean(axis=(1, 2))


@pytest.fixture
def built(monkeypatch):
    networks = []

    def build(**options):
        networks.append(Recorder(**options))
        return networks[-1]

    monkeypatch.setattr(keras.applications, "InceptionV3", build)
    return networks


def test_images_become_colour_in_the_network_s_size_and_range(built):
    images = np.random.default_rng(0).uniform(0, 255, size=(5, 28, 28, 1))
    images[0], images[1] = 0, 255
    features = evaluation.InceptionFeatures((0, 255), weights=None, batch_size=2)
    found = features(images)
    assert found.shape == (5, 3)
    features(images)
    (network,) = built
    assert network.options == {"include_top": False, "weights": None, "pooling": "avg"}
    assert [len(batch) for batch in network.seen[:3]] == [2, 2, 1]
    assert network.seen[0].shape == (2, 299, 299, 3)
    np.testing.assert_allclose(network.seen[0][0], -1, atol=1e-6)
    np.testing.assert_allclose(network.seen[0][1], 1, atol=1e-6)
    np.testing.assert_allclose(
        found[2:], 2 * images[2:].mean((1, 2)) / 255 - 1 + [0] * 3, atol=0.02
    )


def test_the_network_itself_takes_them():
    images = np.random.default_rng(0).random((2, 32, 32, 3))
    features = evaluation.InceptionFeatures(weights=None)(images)
    assert features.shape == (2, 2048)
    assert np.isfinite(features).all()
    assert np.abs(features[0] - features[1]).max() > 0


def test_the_classifier_has_the_network_s_top(built):
    assert evaluation.InceptionClassifier(weights=None)(np.zeros((1, 8, 8, 3))).shape == (1, 3)
    assert built[0].options == {"include_top": True, "weights": None}


def test_weights_that_cannot_be_had_are_named(monkeypatch):
    def no_network(**_):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "InceptionV3", no_network)
    with pytest.raises(
        OSError, match="'imagenet' of Inception-v3 cannot be had: URL fetch failure"
    ):
        evaluation.InceptionFeatures()(np.zeros((1, 8, 8, 3)))
    with pytest.raises(ValueError, match=r"existing file or None, but got 'weights\.h5'"):
        evaluation.InceptionFeatures(weights="weights.h5")


def test_other_shapes_and_ranges_are_refused():
    with pytest.raises(ValueError, match=r"height, width, 1 or 3\), but got \(1, 8, 8, 2\)"):
        evaluation.InceptionFeatures()(np.zeros((1, 8, 8, 2)))
    with pytest.raises(ValueError, match="low < high"):
        evaluation.InceptionFeatures((1, 1))
