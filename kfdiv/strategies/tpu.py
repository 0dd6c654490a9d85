"""The cores of a TPU."""

from __future__ import annotations

import os

import tensorflow as tf


def tpu(address: str | None = None) -> tf.distribute.TPUStrategy:
    """Return the strategy of a TPU. The package was never run on one.

    Args:
        address: name or address of the TPU; by default the environment variable `TPU_NAME`, or
            else the TPU of this machine.

    Raises:
        ValueError: if there is no TPU.

    Example:
        >>> tpu()
        Traceback (most recent call last):
        ...
        ValueError: The strategy tpu needs a TPU, but TensorFlow finds none on this machine ...
    """
    address = address or os.environ.get("TPU_NAME") or "local"
    if address == "local" and not tf.config.list_physical_devices("TPU"):
        raise ValueError(
            "The strategy tpu needs a TPU, but TensorFlow finds none on this machine, and the "
            "environment variable TPU_NAME names none elsewhere."
        )
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=address)
        if address != "local":
            tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, OSError, tf.errors.OpError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"The TPU {address!r} does not answer: {reason}") from error
    return tf.distribute.TPUStrategy(resolver)
