"""Several processes, on one machine or on many, that train one model together."""

from __future__ import annotations

import json
import os
from typing import Any

import tensorflow as tf

_EXAMPLE = (
    """TF_CONFIG='{"cluster": {"worker": ["host0:12345", "host1:12345"]}, """
    """"task": {"type": "worker", "index": 0}}' (index 1 on host1)"""
)
_TASKS = ("chief", "worker")


def multi_worker() -> tf.distribute.MultiWorkerMirroredStrategy:
    """Return the strategy of the cluster that the environment variable `TF_CONFIG` describes.

    Every worker runs the same program on all of its GPUs, or on its CPU. The first is the chief,
    which alone writes. To be called before TensorFlow has computed anything; it waits until all
    workers are there.

    Raises:
        ValueError: if `TF_CONFIG` is missing or describes no cluster, or its workers do not answer.
        RuntimeError: if TensorFlow has been at work before.

    Example:
        >>> multi_worker()
        Traceback (most recent call last):
        ...
        ValueError: The strategy multi_worker needs the environment variable TF_CONFIG, ...
    """
    config = check_cluster(os.environ.get("TF_CONFIG"))
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as error:
        task = config["task"]
        own = config["cluster"][task["type"]][int(task["index"])]
        lines = str(error.message).strip().splitlines()
        raise ValueError(
            f"The cluster that TF_CONFIG describes did not come together ({type(error).__name__}: "
            f"{lines[0] if lines else ''}). See that the port of {own} is free, that the addresses "
            "are those of the workers, and that all of them run."
        ) from error


def check_cluster(text: str | None) -> dict[str, Any]:
    """Return what `TF_CONFIG` describes, if that is a cluster and this process's place in it.

    Args:
        text: of the variable, or None where it is not set.

    Raises:
        ValueError: saying what is wrong with it, and how it looks.

    Example:
        >>> place = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
        >>> check_cluster(json.dumps(place))["task"]["index"]
        1
    """
    if not text:
        raise _wrong("which is not set")
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        kind, index = task["type"], int(task["index"])
        known = {name: list(cluster.get(name, ())) for name in _TASKS}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _wrong(f"but it is not readable ({type(error).__name__}: {error})") from error
    others = set(cluster) - set(_TASKS)
    if others:
        raise _wrong(f"with tasks chief and worker alone, but it has {', '.join(sorted(others))}")
    if kind not in known or not 0 <= index < len(known[kind]):
        raise _wrong(f"but its task, {kind} {index}, is none of the cluster {json.dumps(cluster)}")
    for address in (one for addresses in known.values() for one in addresses):
        host, colon, port = str(address).rpartition(":")
        if not (host and colon and port.isdigit()):
            raise _wrong(f"with addresses HOST:PORT, but one is {address!r}")
    return config


def _wrong(how: str) -> ValueError:
    return ValueError(
        f"The strategy multi_worker needs the environment variable TF_CONFIG, {how}. On each "
        f"worker set, for example: {_EXAMPLE}."
    )
