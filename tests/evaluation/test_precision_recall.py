import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial import distance

from kfdiv import evaluation


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def definition(real, fake, k):
    """Kynkäänniemi et al. 2019, eq. 1 and 2, word for word."""

    def covered(centres, points):
        def inside(point):
            return any(
                distance.euclidean(point, centre)
                <= sorted(distance.euclidean(centre, other) for other in np.delete(centres, i, 0))[
                    k - 1
                ]
                for i, centre in enumerate(centres)
            )

        return sum(map(inside, points)) / len(points)

    return covered(real, fake), covered(fake, real)


@pytest.mark.parametrize("k", [1, 3])
def test_it_is_the_definition(rng, k):
    real, fake = rng.normal(size=(25, 2)), rng.normal(0.5, 1.3, size=(20, 2))
    assert evaluation.precision_recall(real, fake, k) == definition(real, fake, k)


def test_a_set_covers_itself(rng):
    real = rng.normal(size=(300, 8)).astype("float32")
    assert evaluation.precision_recall(real, real) == (1.0, 1.0)


def test_sets_that_are_far_apart_cover_nothing(rng):
    real = rng.normal(size=(300, 8))
    assert evaluation.precision_recall(real, real + 100.0) == (0.0, 0.0)


def test_fakes_on_some_of_the_modes_are_precise_and_cover_their_share(rng):
    modes = np.repeat(20.0 * np.eye(5), 200, axis=0)
    real = modes + rng.normal(size=modes.shape)
    seeker = modes[:400] + rng.normal(size=(400, 5)) / 2
    coverer = modes + 3 * rng.normal(size=modes.shape)
    of_seeker, of_coverer = (evaluation.precision_recall(real, fake) for fake in (seeker, coverer))
    assert of_seeker.precision > 0.99
    assert of_seeker.recall < 0.4
    assert of_coverer.precision < 0.6
    assert of_coverer.recall > 0.9


def test_swapping_the_sets_swaps_the_shares(rng):
    real, fake = rng.normal(size=(200, 3)), rng.normal(1.0, 1.0, size=(150, 3))
    forward = evaluation.precision_recall(real, fake)
    backward = evaluation.precision_recall(fake, real)
    assert (forward.precision, forward.recall) == (backward.recall, backward.precision)
    assert 0 < forward.precision < 1


@pytest.mark.parametrize(
    ("real", "fake", "k", "message"),
    [
        (np.zeros((9, 2)), np.zeros((9, 3)), 3, "2 dimensions, fake ones 3"),
        (np.zeros((9, 2)), np.zeros(9), 3, r"fake_features must be a finite matrix.*shape \(9,\)"),
        (np.full((9, 2), np.nan), np.zeros((9, 2)), 3, "real_features.*NaN or infinity"),
        (np.zeros((9, 2)), np.zeros((3, 2)), 3, "k must be from 1 to 2"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 0, "k must be from 1 to 8"),
    ],
)
def test_what_cannot_be_measured_is_refused(real, fake, k, message):
    with pytest.raises(ValueError, match=message):
        evaluation.precision_recall(real, fake, k)


def test_batches_are_read_and_weights_take_out_or_are_refused(rng):
    real, fake = rng.normal(size=(60, 2)), rng.normal(0.5, 1.3, size=(50, 2))
    expected = evaluation.precision_recall(real, fake)
    weight = np.ones(60, "float32")

    def batches(*parts):
        return tf.data.Dataset.from_tensor_slices(parts).batch(16)

    for data in (batches(real), batches(real, weight, weight), lambda: iter([real[:9], real[9:]])):
        assert evaluation.precision_recall(data, fake) == expected
    assert evaluation.precision_recall(tf.constant(real), tf.constant(fake)) == expected
    weight[:20] = 0
    found = evaluation.precision_recall(batches(real, weight, weight), fake)
    assert found == evaluation.precision_recall(real[20:], fake)
    weight[30] = 2
    with pytest.raises(ValueError, match=r"weights from 1 to 2.*Draw examples in proportion"):
        evaluation.precision_recall(fake, batches(real, weight, weight))
    for pixels in (np.zeros((9, 2), "uint8"), batches(np.zeros((9, 2), "uint8"))):
        with pytest.raises(TypeError, match="no pixels"):
            evaluation.precision_recall(pixels, fake)
