"""Training a critic on held-out data: what data it takes, and how it is fitted."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from kfdiv import data as data_lib
from kfdiv.data import inputs
from kfdiv.data.elements import given_parts, parts_of
from kfdiv.evaluation.estimate import check_two
from kfdiv.models import GenerativeModel, Objective


def datasets_of(
    training: Objective, model: GenerativeModel, train_dataset: Any, test_dataset: Any, seed: int
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Return checked data sets, the first to train on and the second to judge on.

    Args:
        training: what the critic is trained by.
        model: whose pixels they have.
        train_dataset: as of `independent_critic`.
        test_dataset: likewise.
        seed: of the order of the first.
    """
    options = {"event_shape": model.event_shape, "value_range": model.known_pixel_range()}
    train_dataset = inputs.as_dataset(*given_parts(train_dataset), seed=seed, **options)
    options |= {"shuffle": False, "drop_remainder": False}
    test_dataset = inputs.as_dataset(*given_parts(test_dataset), **options)
    training.check_data(test_dataset)
    for name, found in (("train_dataset", train_dataset), ("test_dataset", test_dataset)):
        _check_two(found, name)
    return train_dataset, test_dataset


def _check_two(dataset: tf.data.Dataset, name: str) -> None:
    """Raise if a data set is known to hold fewer than two examples that count."""
    if int(dataset.cardinality()) == 1:
        x, _, weight = parts_of(inputs.first_batch(dataset))
        check_two(len(x) if weight is None else int(tf.math.count_nonzero(weight)), name)


def train_critic(
    training: Objective,
    dataset: tf.data.Dataset,
    steps: int,
    optimizer: Any,
    jit_compile: bool | str,
    objective: dict[str, Any],
) -> tf.data.Dataset:
    """Train a critic, and return its data as an evaluation takes them.

    Args:
        training: what it is trained by.
        dataset: what it is trained on.
        steps: of its training.
        optimizer: its optimizer, or None.
        jit_compile: as of `independent_critic`.
        objective: arguments of `compile`.
    """
    stream = data_lib.stream_of(dataset)
    if optimizer is None:
        optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps))
    training.compile(
        **objective,
        optimizer=optimizer,
        jit_compile=jit_compile,
        # Other data sets' batches may not stack.
        steps_per_execution=1 if stream is None else 50,
    )
    training.fit(dataset, steps_per_epoch=steps, verbose=0)
    return dataset if stream is None else stream.examples()


def rising_steps(steps: int) -> int:
    """Return over how many of the steps a penalty's weight rises: the first tenth."""
    return 1 + steps // 10
