"""Time and memory of log p^(y) and its score, by mode, data set size and compiler.

    python benchmarks/spread_density.py

Each mode meets each data set in a fresh process, whose peak memory is then its own. Beside the
exact mode stand the same blocked algorithm on NumPy's BLAS, and its floor: the two matrix products
of every block alone, `4 batch N D` operations.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import timing
from absl import app, flags

_SIZES = flags.DEFINE_list("sizes", ["60000", "600000"], "Numbers of data points N.")
_MODES = flags.DEFINE_list(
    "modes", ["exact", "numpy", "pca", "index"], "Modes of Empirical, and the NumPy twin of exact."
)
_BATCH = flags.DEFINE_integer("batch", 100, "Points y evaluated at a time.")
_DIMENSION = flags.DEFINE_integer("dimension", 784, "Dimension D of a point.")
_WIDTH = flags.DEFINE_float("width", 0.5, "Width of the Gaussian spread noise.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Timed calls; medians are reported.")
_THREADS = flags.DEFINE_integer("threads", 2, "Threads, pinned to as many cores.")
_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for the JSON file.")
_CHILD = flags.DEFINE_string("child", None, "MODE:N to measure in this process (internal).")

CONTENDERS = ("graph", "xla", "numpy", "floor")


def chunks(size: int) -> Iterator[Any]:
    """Yield points of a 40-dimensional manifold, for a PCA to find something."""
    import numpy as np

    rng = np.random.default_rng(0)
    basis = rng.standard_normal((40, _DIMENSION.value), dtype="float32") / 6
    for start in range(0, size, 1000):
        codes = rng.standard_normal((min(1000, size - start), 40), dtype="float32")
        yield np.tanh(codes @ basis)


def measure(mode: str, size: int) -> dict[str, Any]:
    """Measure one mode at one size in this process."""
    import numpy as np
    import tensorflow as tf

    from kfdiv import random

    y = tf.constant(next(chunks(size))[: _BATCH.value])
    y += _WIDTH.value * random.normal(y.shape, random.seed(0, "benchmark"))
    before, start = peak_memory(), time.perf_counter()
    if mode == "numpy":
        array, at = np.concatenate(list(chunks(size))), y.numpy()
        functions = {"numpy": lambda: numpy_twin(array, at, _WIDTH.value)}
    else:
        density, functions = ours(mode, size, y)
    result = {"mode": mode, "points": size, "building_s": round(time.perf_counter() - start, 2)}
    for function in functions.values():
        function()
    result["data_mb"] = round(4 * size * _DIMENSION.value / 2**20)
    result["peak_mb"] = round(peak_memory() - before)
    if mode == "exact":
        functions["floor"] = products(density, y)
        functions["floor"]()
    turns = {
        name: lambda function=function: timing.per_call(function, 1, "call")
        for name, function in functions.items()
    }
    for name, times in timing.take_turns(turns, _ROUNDS.value).items():
        result[f"{name}_ms"] = timing.spread(times["call"], 1e3)
        result[f"{name}_cpu_ms"] = timing.spread(times["call_cpu"], 1e3)
    return result


def ours(mode: str, size: int, y) -> tuple[Any, dict[str, Callable]]:
    """Return the density of `size` points, and its value and score at `y` by both compilers."""
    import tensorflow as tf

    from kfdiv import random
    from kfdiv.distributions import Empirical

    spec = tf.TensorSpec((None, _DIMENSION.value), tf.float32)
    data = tf.data.Dataset.from_generator(lambda: chunks(size), output_signature=spec)
    # What XLA can compile: faiss searches outside the graph.
    options = {"search": "graph"} if mode == "index" else {}
    density = Empirical.from_dataset(data, _WIDTH.value, mode, **options)

    def score(y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(y)
            value = density.log_prob(y, _WIDTH.value, seed=random.seed(0, "benchmark"))
        return value, tape.gradient(value, y)

    compiled = {"graph": tf.function(score), "xla": tf.function(score, jit_compile=True)}
    return density, {
        name: lambda function=function: [part.numpy() for part in function(y)]
        for name, function in compiled.items()
    }


def products(density, y) -> Callable:
    """Return the two matrix products of every block, and nothing else."""
    import tensorflow as tf

    values, block = density._points.values, density._estimator.block_size
    blocks = len(values) // block
    weights = tf.ones((y.shape[0], block))

    @tf.function
    def both(y: tf.Tensor) -> list[tf.Tensor]:
        def body(index: tf.Tensor, first: tf.Tensor, second: tf.Tensor) -> tuple:
            x = tf.slice(values, [index * block, 0], [block, values.shape[1]])
            return index + 1, tf.matmul(y, x, transpose_b=True), second + tf.matmul(weights, x)

        state = (tf.constant(0), tf.zeros_like(weights), tf.zeros_like(y))
        return tf.while_loop(lambda index, *_: index < blocks, body, state)[1:]

    return lambda: [part.numpy() for part in both(y)]


def numpy_twin(x, y, width: float, block: int = 2048):
    """Compute the same value and score in the same blocks with NumPy."""
    import numpy as np

    peak, total = np.full(len(y), -np.inf, "float32"), np.zeros(len(y), "float32")
    mean, scaled = np.zeros_like(y), y / width**2
    for start in range(0, len(x), block):
        part = x[start : start + block]
        logits = scaled @ part.T - 0.5 * np.einsum("nd,nd->n", part, part) / width**2
        higher = np.maximum(peak, logits.max(1))
        weights, decay = np.exp(logits - higher[:, None]), np.exp(peak - higher)
        total = decay * total + weights.sum(1)
        mean = decay[:, None] * mean + weights @ part
        peak = higher
    return peak + np.log(total), (mean / total[:, None] - y) / width**2


def peak_memory() -> float:
    """Return the peak resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(argv: list[str]) -> None:
    """Measure every mode at every size, each in a process of its own."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    machine = timing.machine(_THREADS.value)
    timing.pin(_THREADS.value)
    if _CHILD.value:
        mode, size = _CHILD.value.split(":")
        print(json.dumps(measure(mode, int(size))))
        return
    results = []
    for size in _SIZES.value:
        for mode in _MODES.value:
            child = [sys.executable, *argv[:1], *sys.argv[1:], f"--child={mode}:{size}"]
            output = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout
            results.append(json.loads(output.strip().splitlines()[-1]))
    header = ("mode", "N", *(f"{name} ms" for name in CONTENDERS), "peak MB", "of data MB")
    rows = [
        (
            result["mode"],
            result["points"],
            *(result.get(f"{name}_ms", "-") for name in CONTENDERS),
            result["peak_mb"],
            result["data_mb"],
        )
        for result in results
    ]
    settings = {"batch": _BATCH.value, "dimension": _DIMENSION.value, "rounds": _ROUNDS.value}
    record = {"benchmark": "spread_density", **settings, "machine": machine, "results": results}
    timing.publish(record, header, rows, _RESULTS.value)


if __name__ == "__main__":
    app.run(main)
