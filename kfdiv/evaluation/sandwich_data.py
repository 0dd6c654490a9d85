"""The data of a sandwich: read once, trained on in batches, and drawn from by their weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kfdiv import data as data_lib
from kfdiv import random
from kfdiv.data import examples
from kfdiv.data.elements import given_parts
from kfdiv.data.examples import Examples
from kfdiv.distributions.conditional_distribution import density_dtype
from kfdiv.models import GenerativeModel

# Draws that are scored at once.
_ROWS = 1_000


def read(data: Any, model: GenerativeModel) -> Examples:
    """Read the data, in the model's precision."""
    x, y, w = given_parts(data)
    found = examples.read(
        x,
        y,
        w,
        event_shape=model.event_shape,
        value_range=model.known_pixel_range(),
        name="data",
    ).counted()
    return Examples(found.x.astype(density_dtype(model)), None, found.weight)


def stream(data: Examples, batch_size: int, seed: int) -> tf.data.Dataset:
    """Return what is trained on, without noise: at least a batch, few data repeated."""
    repeats = -(-batch_size // len(data))
    x = np.concatenate([data.x] * repeats)
    weight = None if data.weight is None else np.concatenate([data.weight] * repeats)
    return data_lib.from_arrays(x, batch_size=batch_size, seed=seed, sample_weight=weight)


def draws(data: Examples, count: int, seed: int) -> tf.data.Dataset:
    """Return draws of the weighted data, without noise, each as often as its weight says.

    The k-th draw is at a random place of the k-th part of the whole weight: their standard error
    is at most that of independent draws.
    """
    weight = np.ones(len(data)) if data.weight is None else data.weight
    share = np.cumsum(weight) / np.sum(weight)
    places = random.uniform((count,), random.seed(seed, "sandwich/draws")).numpy()
    places = (np.arange(count) + places.astype(np.float64)) / count
    # The last share may be rounded below one.
    rows = np.minimum(np.searchsorted(share, places), len(data) - 1)
    points = tf.constant(data.x)
    dataset = tf.data.Dataset.from_tensor_slices(rows).batch(_ROWS)
    return dataset.map(lambda chosen: tf.gather(points, chosen))
