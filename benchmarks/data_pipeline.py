"""Time of a batch from the data pipeline, conversion to float included: microseconds a batch.

    python benchmarks/data_pipeline.py

The data have the shape of MNIST (60,000 images of 28 x 28 bytes), the batch size is 100. A group is
what training with `steps_per_execution` takes at once. The last row is the usual
`from_tensor_slices(...).shuffle(10_000).batch(...).map(...)` over the same arrays. The table goes
to standard error, one JSON line to standard output.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

import kfdiv

EXAMPLES, BATCH, REPEATS = 60_000, 100, 7


def microseconds(dataset: tf.data.Dataset, batches: int, group: int) -> list[float]:
    """Times a batch, one for each repeat, after a warm-up as long as a repeat."""
    iterator = iter(dataset)
    return [_pass(iterator, batches, group) for _ in range(REPEATS + 1)][1:]


def _pass(iterator: Iterator, batches: int, group: int) -> float:
    start = time.perf_counter()
    for _ in range(batches // group):
        next(iterator)
    return (time.perf_counter() - start) / (batches // group * group) * 1e6


def usual(x: np.ndarray, y: np.ndarray) -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(10_000, seed=0).repeat()
    dataset = dataset.batch(BATCH, drop_remainder=True)
    return dataset.map(lambda images, labels: (tf.cast(images, tf.float32) / 255, labels)).prefetch(
        2
    )


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, [EXAMPLES, 28, 28, 1]).astype(np.uint8)
    y = rng.integers(0, 10, EXAMPLES).astype(np.int32)
    stream = kfdiv.data.from_arrays(x, y, BATCH, value_range=(-1, 1)).stream
    cases = {
        "epoch, one by one": (stream.epoch().repeat(), 600, 1),
        "batches": (stream.batches(), 600, 1),
        "groups of 1": (stream.groups(0, 1), 600, 1),
        "groups of 10": (stream.groups(0, 10), 600, 10),
        "groups of 50": (stream.groups(0, 50), 600, 50),
        "slices, shuffle, batch, map": (usual(x, y), 60, 1),
    }
    print(f"{'':30}{'us a batch':>12}{'lowest':>10}{'highest':>10}", file=sys.stderr)
    results = {}
    for name, case in cases.items():
        times = microseconds(*case)
        results[name] = {
            "median": round(statistics.median(times), 1),
            "lowest": round(min(times), 1),
            "highest": round(max(times), 1),
        }
        row = "".join(f"{value:>11.0f}" for value in results[name].values())
        print(f"{name:30}{row}", file=sys.stderr)
    print(json.dumps({"benchmark": "data_pipeline", "unit": "us/batch", "results": results}))


if __name__ == "__main__":
    main()
