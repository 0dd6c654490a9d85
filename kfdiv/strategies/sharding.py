"""How a data set is shared out among workers."""

from __future__ import annotations

import tensorflow as tf


def in_shares(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Return the data set, of whose every batch each worker will take its share.

    Left to itself TensorFlow may give each worker other files, and so other batches than one
    process would see. This way every worker reads all data, and batches are what they are on one
    device.

    Args:
        dataset: batches.

    Example:
        >>> dataset = in_shares(tf.data.Dataset.range(4).batch(2))
        >>> dataset.options().experimental_distribute.auto_shard_policy.name
        'DATA'
    """
    options = tf.data.Options()
    policy = tf.data.experimental.AutoShardPolicy.DATA
    options.experimental_distribute.auto_shard_policy = policy
    return dataset.with_options(options)
