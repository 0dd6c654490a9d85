"""Held-out images of the data sets of Rosca et al. 2018, and what measures samples against them."""

from __future__ import annotations

import functools

import numpy as np

import kfdiv
from examples.lib import batches, judges
from examples.lib.sample_measures import BATCH, Budget, SampleMeasures

DIGITS = "digits"
# Accuracy of the classifier of digits, which these few do not reach.
LEAST_ACCURACY = {DIGITS: 0.5}


@functools.lru_cache(1)
def measures(
    dataset: str, source: str, budget: Budget, folder: str, data_dir: str | None
) -> SampleMeasures:
    """Return the measures of a data set; a process makes them once.

    Args:
        dataset: "color_mnist", "cifar10" or "celeba".
        source: of the digits of the first.
        budget: what they may cost.
        folder: where a classifier is kept.
        data_dir: folder of prepared TensorFlow Datasets.
    """
    settings = {"batch_size": min(BATCH, budget.samples)}
    if dataset == "color_mnist":
        settings["source"] = source
    preset = kfdiv.presets.get(f"rosca/{dataset}", model_name="vae", **settings)
    splits = splits_of(dataset, budget.rehearsal or source == DIGITS)
    wanted = 2 * budget.samples // len(splits)
    streams = [preset.dataset(split, data_dir=data_dir).stream for split in splits]
    images = np.concatenate([batches.first(stream, wanted)[0] for stream in streams])
    if dataset == "color_mnist":
        least = LEAST_ACCURACY.get(source, 0.99)
        judge = judges.of_digits(folder, preset.value_range, source, data_dir, least)
    else:
        weights = None if budget.rehearsal else "imagenet"
        judge = judges.of_photographs(preset.value_range, weights)
    return SampleMeasures(*np.array_split(images, 2), preset.value_range, judge, budget)


def splits_of(dataset: str, small: bool) -> tuple[str, ...]:
    """Return the splits of held-out images: two, so that no image, or digit of one, is in both.

    Args:
        dataset: its name.
        small: whether it has too few for that: one, that is then cut in two.

    Example:
        >>> splits_of("celeba", small=False)
        ('validation', 'test')
    """
    if small:
        return ("test",)
    return ("validation", "test") if dataset == "celeba" else ("test[:50%]", "test[50%:]")
