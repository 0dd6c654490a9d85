"""Time of a batch from the data pipeline, conversion to float included: microseconds a batch.

    python benchmarks/data_pipeline.py

The data have the shape of MNIST (60,000 images of 28 x 28 bytes), the batch size is 100. A group is
what training with `steps_per_execution` takes at once. The last row is the usual
`from_tensor_slices(...).shuffle(10_000).batch(...).map(...)` over the same arrays.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import timing
from absl import app, flags

EXAMPLES, BATCH = 60_000, 100

_ROUNDS = flags.DEFINE_integer("rounds", 7, "Passes over each pipeline; medians are reported.")
_THREADS = flags.DEFINE_integer("threads", 2, "Threads, pinned to as many cores.")
_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for the JSON file.")


def reader(dataset, batches: int, group: int = 1) -> Callable[[], dict[str, float]]:
    """Return what reads `batches` batches and returns the seconds of one."""
    iterator = iter(dataset)

    def measure() -> dict[str, float]:
        calls = timing.per_call(lambda: next(iterator), batches // group, "batch")
        return {name: seconds / group for name, seconds in calls.items()}

    measure()
    return measure


def main(_: list[str]) -> None:
    """Let the pipelines take turns."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    machine = timing.machine(_THREADS.value)
    timing.pin(_THREADS.value)
    import numpy as np
    import tensorflow as tf

    import kfdiv

    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, [EXAMPLES, 28, 28, 1]).astype(np.uint8)
    y = rng.integers(0, 10, EXAMPLES).astype(np.int32)
    stream = kfdiv.data.from_arrays(x, y, BATCH, value_range=(-1, 1)).stream
    usual = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(10_000, seed=0).repeat()
    usual = usual.batch(BATCH, drop_remainder=True)
    usual = usual.map(lambda image, label: (tf.cast(image, tf.float32) / 127.5 - 1, label))
    turns = {
        "epoch, one by one": reader(stream.epoch().repeat(), 600),
        "batches": reader(stream.batches(), 600),
        "groups of 1": reader(stream.groups(0, 1), 600),
        "groups of 10": reader(stream.groups(0, 10), 600, 10),
        "groups of 50": reader(stream.groups(0, 50), 600, 50),
        "slices, shuffle, batch, map": reader(usual.prefetch(2), 60),
    }
    times = timing.take_turns(turns, _ROUNDS.value)
    results = {name: timing.spread(seconds["batch"], 1e6) for name, seconds in times.items()}
    settings = {"unit": "us/batch", "rounds": _ROUNDS.value, "machine": machine}
    record = {"benchmark": "data_pipeline", **settings, "results": results}
    timing.publish(record, ("pipeline", "us a batch"), list(results.items()), _RESULTS.value)


if __name__ == "__main__":
    app.run(main)
