"""The classifier of digits, on those of scikit-learn, which need no files."""

import keras
import numpy as np
import pytest

import kfdiv
from kfdiv import evaluation
from kfdiv.data.digit_images import digit_images


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a classifier that was trained there."""
    folder = tmp_path_factory.mktemp("classifiers")
    train(folder)
    return folder


def train(folder, **options):
    options = {"least_accuracy": 0.95, "epochs": 4, **options}
    return evaluation.DigitClassifier.load_or_train(folder, source="digits", **options)


@pytest.fixture(scope="module")
def test_digits():
    images, labels = digit_images("digits", "test")
    return images / np.float32(255), labels


def test_it_is_trained_once_and_kept_whole(folder, test_digits, monkeypatch):
    (path,) = folder.iterdir()
    assert path.name == "digits_classifier.keras"
    monkeypatch.setattr(keras.Model, "fit", None)
    kept = evaluation.DigitClassifier.load_or_train(folder, source="digits")
    images, labels = test_digits
    assert (kept.digits(images)[:, 0] == labels).mean() > 0.95


def test_one_that_is_not_good_enough_is_not_kept(tmp_path, monkeypatch):
    # Untrained it is good at nothing.
    monkeypatch.setattr(keras.Model, "fit", lambda *args, **kwargs: None)
    with pytest.raises(RuntimeError, match=r"not 0\.99, so it was not kept.*epochs=1\."):
        train(tmp_path, least_accuracy=0.99, epochs=1)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_one_is_trained_again(tmp_path, monkeypatch):
    (tmp_path / "digits_classifier.keras").write_bytes(b"PK")
    monkeypatch.setattr(keras.Model, "fit", lambda *args, **kwargs: None)
    with pytest.warns(kfdiv.files.DamagedFileWarning, match=r"classifier\.keras is damaged.*again"):
        train(tmp_path, least_accuracy=0.0, epochs=1)
    assert (tmp_path / "digits_classifier.keras").stat().st_size > 1_000


def test_channels_are_read_as_one_number_whatever_the_range(folder, test_digits):
    """The labels are those of the stacked data set itself."""
    dataset = kfdiv.data.load(
        "stacked_mnist", "test", source="digits", num_examples=200, value_range=(-1, 1)
    )
    images, modes = (np.concatenate(part) for part in zip(*dataset, strict=True))
    classifier = train(folder, value_range=(-1, 1))
    found = classifier.modes(images)
    assert (found == modes).mean() > 0.95**3
    assert len(np.unique(modes)) > 150
    digits = classifier.digits(images)
    np.testing.assert_array_equal(digits @ [100, 10, 1], found)
    # In the wrong range it would see another picture.
    assert (train(folder, value_range=(0, 1)).modes(images) == modes).mean() < 0.9


def test_features_are_those_of_each_channel(folder, test_digits):
    classifier, images = train(folder), test_digits[0][:6]
    stacked = np.concatenate([images[:2], images[2:4], images[4:]], axis=-1)
    single = classifier.features(images)
    assert single.shape == (6, 128)
    expected = np.concatenate([single[:2], single[2:4], single[4:]], axis=1)
    np.testing.assert_allclose(classifier.features(stacked), expected, atol=1e-5)
    assert single.std(axis=0).max() > 0.1


class Blind:
    """Reconstructs the first examples as they are, and paints the last channel of the others."""

    def __init__(self, kept):
        self.kept = kept

    def reconstruct(self, x):
        x = np.array(x)
        x[self.kept :, ..., -1] = x[self.kept :, ..., 0]
        return x


def test_reconstruction_accuracy_is_the_share_of_which_all_digits_survive(folder, test_digits):
    images, labels = test_digits
    classifier = train(folder)
    sure = classifier.digits(images)[:, 0] == labels
    zeros, ones = (images[sure & (labels == digit)][:20] for digit in (0, 1))
    stacked = np.concatenate([zeros, ones, ones], axis=-1)
    modes = np.full(20, 11)
    accuracy = evaluation.reconstruction_accuracy
    assert accuracy(classifier, Blind(20), stacked, modes) == 1.0
    assert accuracy(classifier, Blind(5), stacked, modes) == 0.25
    with pytest.raises(ValueError, match="one for each of the 20 images"):
        accuracy(classifier, Blind(20), stacked, modes[:3])
    # Of the others, two digits of three survive.
    of_digits = accuracy(classifier, Blind(5), stacked, modes, per_digit=True)
    assert of_digits == pytest.approx((1 + 3 * 2 / 3) / 4)
    weight = np.repeat([3.0, 1.0], [5, 15])
    assert accuracy(classifier, Blind(5), stacked, modes, weight) == 0.5
    with pytest.raises(ValueError, match="without labels"):
        accuracy(classifier, Blind(5), stacked)


def test_other_shapes_and_ranges_are_refused(folder):
    classifier = train(folder)
    with pytest.raises(ValueError, match=r"\(batch, 28, 28, channels\), but got \(2, 8, 8, 1\)"):
        classifier.digits(np.zeros((2, 8, 8, 1)))
    with pytest.raises(ValueError, match="low < high"):
        evaluation.DigitClassifier(classifier.network, value_range=(1, 0))
