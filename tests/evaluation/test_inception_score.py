"""The inception score of classifiers whose figures are known."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy import stats

from kfdiv import evaluation
from kfdiv.evaluation.digit_network import untrained_network


def given(x: np.ndarray) -> np.ndarray:
    """A classifier: examples are their classes' probabilities."""
    return x


def test_a_sure_classifier_s_score_is_the_perplexity_of_the_classes() -> None:
    shares = np.array([5, 3, 2])
    sure = np.repeat(np.eye(3), 40 * shares, axis=0)
    found = evaluation.inception_score(sure, given, real=np.tile([[0.2, 0.3, 0.5]], (7, 1)))
    assert found.samples.value == pytest.approx(np.exp(stats.entropy(shares)), rel=1e-12)
    # One that says the same of every image finds neither sharpness nor variety.
    assert found.data == (pytest.approx(1.0), pytest.approx(0.0, abs=1e-12))
    assert set(found.figures()) == {"samples", "samples_se", "data", "data_se"}
    assert set(evaluation.inception_score(sure, given).figures()) == {"samples", "samples_se"}


def test_value_is_the_paper_s_formula_and_the_error_that_of_repetitions() -> None:
    rng = np.random.default_rng(0)
    draws = rng.dirichlet([0.3, 0.6, 0.2, 0.4], size=(300, 400))

    def formula(p: np.ndarray) -> float:
        return np.exp(np.mean([stats.entropy(row, p.mean(axis=0)) for row in p]))

    found = [evaluation.inception_score(p, given).samples for p in draws]
    assert found[0].value == pytest.approx(formula(draws[0]), rel=1e-12)
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.15)


def test_few_images_lower_it_by_a_known_share_at_most() -> None:
    rng = np.random.default_rng(0)
    sure = np.eye(5)[rng.integers(5, size=(300, 50))]
    # As many classes in the mean, of which none is sure.
    unsure = 0.5 * sure + 0.1
    for draws, population in ((sure, np.eye(5)), (unsure, 0.5 * np.eye(5) + 0.1)):
        true = evaluation.inception_score(population, given).samples.value
        values = [evaluation.inception_score(p, given).samples.value for p in draws]
        lost = 1.0 - np.mean(values) / true
        if draws is sure:
            assert lost == pytest.approx((5 - 1) / (2 * 50), rel=0.2)
        else:
            assert 0.0 < lost < 0.5 * (5 - 1) / (2 * 50)


def test_logits_of_a_network_of_digits_become_classes() -> None:
    network = untrained_network()
    classifier = evaluation.DigitClassifier(network, value_range=(-1, 1))
    images = np.random.default_rng(0).uniform(-1, 1, (6, 28, 28, 2))
    joint = classifier.probabilities(images)
    assert joint.shape == (6, 100)
    np.testing.assert_allclose(joint.sum(axis=1), 1.0, rtol=1e-5)
    each = [
        keras.ops.softmax(network((images[..., k : k + 1] + 1) / 2, training=False)).numpy()
        for k in range(2)
    ]
    np.testing.assert_allclose(joint[:, 37], each[0][:, 3] * each[1][:, 7], rtol=1e-4)
    assert (joint.argmax(axis=1) == classifier.modes(images)).all()
    # 8-bit pixels are scaled to the range that the classifier says it takes.
    bytes_ = np.random.default_rng(1).integers(0, 256, (6, 28, 28, 1)).astype("uint8")
    score = evaluation.inception_score(bytes_, classifier.probabilities).samples
    scaled = bytes_ / np.float32(127.5) - 1.0
    assert score.value == pytest.approx(
        evaluation.inception_score(scaled, classifier.probabilities).samples.value, rel=1e-6
    )
    assert 1.0 <= score.value <= 10.0


@pytest.mark.parametrize(
    ("classifier", "message"),
    [
        (lambda x: x[:, 0], r"shape \(9, classes\).* returned shape \(9,\)"),
        (lambda x: x[:, :1], r"of two classes or more, but returned shape \(9, 1\)"),
        (lambda x: x[:3], r"returned shape \(3, 4\)"),
        (lambda x: 5.0 * x, "add up to 5 to 5. If they are logits, end it in a softmax"),
        (lambda x: 2.0 * x - 0.25, "hold values from -0.25 to"),
        (lambda x: np.nan * x, "If they are logits"),
    ],
)
def test_one_that_does_not_classify_is_refused_at_its_first_batch(classifier, message) -> None:
    met = []

    def counted(x: np.ndarray) -> np.ndarray:
        met.append(len(x))
        return classifier(x)

    def batches():
        for _ in range(100):
            yield np.repeat(np.eye(4), 3, axis=0)[:9]

    with pytest.raises(ValueError, match=message):
        evaluation.inception_score(batches, counted)
    assert met == [9]
