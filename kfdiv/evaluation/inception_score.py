"""The inception score: how sure a classifier is of each image, and how many classes there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from kfdiv.arguments import check_callable
from kfdiv.data import examples
from kfdiv.evaluation.compared import Compared
from kfdiv.evaluation.estimate import Estimate, check_two
from kfdiv.evaluation.sets import RangeMet, known_range

Classifier = Callable[[Any], Any]

_ROUNDING = 1e-3


def inception_score(
    images: Any,
    classifier: Classifier,
    real: Any = None,
    *,
    sample_weight: Any = None,
    value_range: tuple[float, float] | None = None,
) -> Compared:
    """Estimate `exp(E_x KL(p(y|x) || p(y)))`, p(y|x) a classifier's and p(y) their mean.

    It lies between 1 and the number of classes, and is high if the classifier is sure of each image
    and the images are of all classes. It says nothing of variety within a class, nor of memory.

    The standard error is that of the mean of the KLs, times the score: that p(y) is estimated from
    the same images adds nothing to it in the first order. It does lower the score, by a share of
    about (classes - 1) / (2 images) where the classifier is sure, and less where it is not.
    Published scores are means over 10 parts of 5,000 images, which are lower for the same reason;
    this one is of all images at once.

    Source: Salimans et al. 2016, section 4; Rosca et al. 2018, appendix I.

    Args:
        images: samples, whatever `fit` takes. Weights w define the distribution.
        classifier: a function of a batch of images that returns probabilities `(batch, classes)`,
            such as `DigitClassifier.probabilities`, `InceptionClassifier()`, or a Keras model that
            ends in a softmax.
        real: real test data, likewise, whose score is told beside it, or None.
        sample_weight: how often each image of an array counts, shape `(images,)`.
        value_range: what 8-bit pixels are scaled to; by default the range that the classifier says
            it takes, else (0, 1).

    Returns:
        The scores, with standard errors.

    Raises:
        ValueError: if there are fewer than two images of positive weight; if the classifier gives
            no probabilities of two classes or more, before it has met more than 1,000 images; or if
            pixels have another range than the classifier says it takes, or than those of the other
            set.

    Example:
        >>> sure = np.repeat(np.eye(4), 25, axis=0)
        >>> found = inception_score(sure, classifier=lambda x: x, real=np.full((9, 4), 0.25))
        >>> round(found.samples.value, 4), round(found.data.value, 4)
        (4.0, 1.0)
    """
    check_callable("classifier", classifier, "from images to probabilities (images, classes)")
    known = known_range(classifier, value_range)
    met = RangeMet("images", known)
    of_samples = _score(images, sample_weight, classifier, met)
    if real is None:
        return Compared(of_samples, None)
    beside = RangeMet("real", known)
    of_data = _score(real, None, classifier, beside)
    met.check_beside(beside)
    return Compared(of_samples, of_data)


def _score(data: Any, weight: Any, classifier: Classifier, met: RangeMet) -> Estimate:
    parts, weights = [], []
    options = {"value_range": met.known or (0.0, 1.0), "name": met.name}
    for batch in examples.batches(data, sample_weight=weight, **options):
        batch = batch.counted()
        if not len(batch):
            continue
        met.update(batch)
        parts.append(_probabilities(classifier(batch.x), len(batch)))
        weights.append(batch.weight)
    check_two(sum(map(len, parts)), met.name)
    met.check_known()
    given = np.concatenate(parts)
    weight = None if weights[0] is None else np.concatenate(weights)
    marginal = np.average(given, axis=0, weights=weight)
    mean, error = Estimate.of(special.rel_entr(given, marginal).sum(axis=1), weight)
    return Estimate(float(np.exp(mean)), float(np.exp(mean) * error))


def _probabilities(given: Any, count: int) -> np.ndarray:
    """Return what a classifier gave, in float64, or raise if it did not classify."""
    given = np.asarray(given)
    wanted = f"The classifier must return probabilities of shape ({count}, classes)"
    if given.ndim != 2 or len(given) != count or given.shape[1] < 2:
        raise ValueError(f"{wanted}, of two classes or more, but returned shape {given.shape}.")
    given = given.astype(np.float64)
    totals = given.sum(axis=1)
    # NaN is within no bounds.
    if not (np.abs(totals - 1.0) <= _ROUNDING).all() or not (given >= 0.0).all():
        raise ValueError(
            f"{wanted}, but its rows hold values from {given.min():g} to {given.max():g} and add "
            f"up to {totals.min():g} to {totals.max():g}. If they are logits, end it in a softmax: "
            "lambda x: tf.nn.softmax(network(x))."
        )
    return given / totals[:, None]
