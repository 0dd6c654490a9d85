"""Strategies by the names that the command line has for them."""

from __future__ import annotations

import tensorflow as tf

from kfdiv.arguments import check_choice
from kfdiv.strategies.mirrored import mirrored
from kfdiv.strategies.multi_worker import multi_worker
from kfdiv.strategies.tpu import tpu

_MAKERS = {"mirrored": mirrored, "multi_worker": multi_worker, "tpu": tpu}
NAMES = tuple(_MAKERS)


def by_name(name: str | None) -> tf.distribute.Strategy:
    """Return a strategy; without a name TensorFlow's default, one device.

    Args:
        name: "mirrored", "multi_worker" or "tpu".

    Raises:
        ValueError: if the name is unknown, or there are no such devices.

    Example:
        >>> by_name(None).num_replicas_in_sync
        1
    """
    if name is None:
        return tf.distribute.get_strategy()
    return _MAKERS[check_choice("strategy", name, NAMES)]()
