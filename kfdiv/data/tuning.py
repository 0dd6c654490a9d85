"""Data sets that tf.data does not tune while they run."""

from __future__ import annotations

import tensorflow as tf


def untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return the same data set, without autotuning.

    An iterator that is given up waits for its tuning thread to wake, which sleeps the longer the
    older it is: up to a minute. Tuning also reads ahead, which not all data can bear.

    Args:
        dataset: one with nothing to tune, as no part of it runs in parallel.

    Example:
        >>> untuned(tf.data.Dataset.range(3)).options().autotune.enabled
        False
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
