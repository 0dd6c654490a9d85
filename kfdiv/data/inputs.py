"""interim"""

import tensorflow as tf

from kfdiv.data.load import from_arrays


def as_dataset(
    x, y=None, sample_weight=None, batch_size=None, *, shuffle=True, drop_remainder=True, seed=0
):
    if isinstance(x, tf.data.Dataset):
        return x
    if batch_size is None:
        batch_size = min(100, len(x) or 1) if hasattr(x, "__len__") else 100
    return from_arrays(
        x, y, batch_size=batch_size, shuffle=shuffle, drop_remainder=drop_remainder, seed=seed
    )


def is_endless(d):
    return int(d.cardinality()) == tf.data.INFINITE_CARDINALITY
