"""The devices of one machine, in one process."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf


def mirrored(devices: Sequence[str] | None = None) -> tf.distribute.MirroredStrategy:
    """Return a strategy by which each device takes an equal share of every batch.

    Every `MirroredStrategy` numbers the groups of devices whose tensors are summed from 1. In one
    process TensorFlow remembers the size of group 1, and where a second strategy has another
    number of devices, every reduction fails from then on ("is joining a group with size 4, but
    that group has size 2"). So on CPU devices, where several strategies stand side by side in
    tests and notebooks, sums are taken on one of them, which needs no numbers. GPUs reduce by NCCL,
    as is TensorFlow's default: of those make one strategy a process.

    Args:
        devices: their names; by default all GPUs, or else all logical CPU devices.

    Raises:
        ValueError: if there is no GPU and only one CPU device, or no device is named.

    Example:
        >>> mirrored(["CPU:0", "CPU:1"]).num_replicas_in_sync
        2
    """
    if devices is None:
        devices = [device.name for device in tf.config.list_logical_devices("GPU")]
        if not devices:
            devices = [device.name for device in tf.config.list_logical_devices("CPU")]
            if len(devices) == 1:
                raise ValueError(
                    "The strategy mirrored shares batches among devices, but TensorFlow finds no "
                    "GPU and one CPU device here. Leave the strategy out; or, where there are "
                    "GPUs, see why TensorFlow does not find them: "
                    "python -c 'import tensorflow as tf; print(tf.config.list_physical_devices())'"
                )
    devices = list(devices)
    if not devices:
        raise ValueError('devices must name at least one device, such as "GPU:0", but got none.')
    operations = None
    if all("cpu" in device.lower() for device in devices):
        operations = tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=operations)
