"""Time and memory of log p^(y) and its score, by mode, data set size and compiler.

Each data set meets a fresh process, whose peak memory is then its own. The floor of the exact mode
is the time of its two matrix products alone, `4 batch N D` operations; the NumPy twin is the same
blocked algorithm on NumPy's BLAS. Times are of the wall and, since they bear other load better, of
the processors. Run: python benchmarks/spread_density.py
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from absl import app, flags

_SIZES = flags.DEFINE_list("sizes", ["60000", "600000"], "Numbers of data points N.")
_MODES = flags.DEFINE_list(
    "modes", ["exact", "numpy", "pca", "index"], "Modes of Empirical, and the NumPy twin of exact."
)
_BATCH = flags.DEFINE_integer("batch", 100, "Points y evaluated at a time.")
_DIMENSION = flags.DEFINE_integer("dimension", 784, "Dimension D of a point.")
_WIDTH = flags.DEFINE_float("width", 0.5, "Width of the Gaussian spread noise.")
_REPEATS = flags.DEFINE_integer("repeats", 7, "Timed calls; the median is reported.")
_THREADS = flags.DEFINE_integer("threads", 2, "Threads of TensorFlow and of BLAS.")
_BLOCK = flags.DEFINE_integer("block_size", None, "Points a block of the exact mode.")
_CHILD = flags.DEFINE_string("child", None, "MODE:N to measure in this process (internal).")


def measure(mode: str, size: int) -> dict[str, object]:
    """Measure one mode at one size in this process."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OMP_NUM_THREADS", str(_THREADS.value))
    import numpy as np
    import tensorflow as tf

    from kfdiv import random
    from kfdiv.distributions import Empirical

    tf.config.threading.set_intra_op_parallelism_threads(_THREADS.value)
    tf.config.threading.set_inter_op_parallelism_threads(_THREADS.value)
    dimension, batch = _DIMENSION.value, _BATCH.value

    def chunks() -> Iterator[np.ndarray]:
        """Yield images of a 40-dimensional manifold, for a PCA to find something."""
        rng = np.random.default_rng(0)
        basis = rng.standard_normal((40, dimension), dtype="float32") / 6
        for start in range(0, size, 1000):
            codes = rng.standard_normal((min(1000, size - start), 40), dtype="float32")
            yield np.tanh(codes @ basis)

    data = tf.data.Dataset.from_generator(
        chunks, output_signature=tf.TensorSpec((None, dimension), tf.float32)
    )
    y = tf.constant(next(chunks())[:batch])
    y += _WIDTH.value * random.normal(y.shape, random.seed(0, "benchmark"))
    before = peak_memory()
    start = time.perf_counter()
    if mode == "numpy":
        array, at = np.concatenate(list(chunks())), y.numpy()
        functions = {"numpy": lambda: numpy_twin(array, at, _WIDTH.value)}
    else:
        options = {"exact": {"block_size": _BLOCK.value}, "index": {"search": "graph"}}
        density = Empirical.from_dataset(data, _WIDTH.value, mode, **options.get(mode, {}))

        def score(y: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(y)
                seed = random.seed(0, "benchmark", step)
                value = density.log_prob(y, _WIDTH.value, seed=seed)
            return value, tape.gradient(value, y)

        functions = {
            name: call(tf.function(score, jit_compile=jit), y)
            for name, jit in (("graph", False), ("xla", True))
        }
    result = {"mode": mode, "points": size, "build_s": round(time.perf_counter() - start, 2)}
    result["data_mb"] = round(4 * size * dimension / 2**20)
    result["peak_building_mb"] = round(peak_memory() - before)
    for function in functions.values():
        function()
    result["peak_scoring_mb"] = round(peak_memory() - before)
    if mode == "exact":
        functions["floor"] = products(density, y)
    timings = interleaved(functions, _REPEATS.value)
    for name, pairs in timings.items():
        for clock, seconds in zip(("wall", "cpu"), zip(*pairs, strict=True), strict=True):
            milliseconds = sorted(round(1e3 * second, 2) for second in seconds)
            result[f"{name}_{clock}_ms"] = round(statistics.median(milliseconds), 2)
            result[f"{name}_{clock}_ms_range"] = [milliseconds[0], milliseconds[-1]]
    if mode == "exact":
        operations = 4e-6 * batch * size * dimension
        result["floor_gflops"] = round(operations / result["floor_wall_ms"], 1)
        for name in ("graph", "xla"):
            share = result["floor_cpu_ms"] / result[f"{name}_cpu_ms"]
            result[f"{name}_share_of_floor"] = round(share, 3)
    return result


def call(function: Callable, y) -> Callable:
    """Return a call of `function` at `y` that waits for the numbers."""
    import tensorflow as tf

    return lambda: [part.numpy() for part in function(y, tf.constant(0))]


def products(density, y) -> Callable:
    """Return the two matrix products of every block, and nothing else."""
    import tensorflow as tf

    values, block = density._points.values, density._estimator.block_size
    blocks = len(values) // block
    weights = tf.ones((y.shape[0], block))

    @tf.function
    def both(y: tf.Tensor, step: tf.Tensor) -> list[tf.Tensor]:
        def body(index: tf.Tensor, first: tf.Tensor, second: tf.Tensor) -> tuple:
            x = tf.slice(values, [index * block, 0], [block, values.shape[1]])
            return index + 1, tf.matmul(y, x, transpose_b=True), second + tf.matmul(weights, x)

        state = (step, tf.zeros_like(weights), tf.zeros_like(y))
        return tf.while_loop(lambda index, *_: index < blocks, body, state)[1:]

    return call(both, y)


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


def interleaved(functions: dict[str, Callable], repeats: int) -> dict[str, list]:
    """Time functions in turns, so that a busy moment of the machine meets all of them."""
    for function in functions.values():
        for _ in range(2):
            function()
    seconds = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            wall, cpu = time.perf_counter(), time.process_time()
            function()
            seconds[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return seconds


def peak_memory() -> float:
    """Return the peak resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(results: list[dict[str, object]]) -> str:
    """Lay the results out in columns."""
    names = ("graph", "xla", "floor", "numpy")
    columns = (f"{n} ms wall | cpu" for n in names)
    rows = [("mode", "N", *columns, "floor/cpu", "peak MB", "data MB")]
    for r in results:
        timings = [
            "{} ({}-{}) | {}".format(
                *(
                    round(number)
                    for number in (
                        r[f"{n}_wall_ms"],
                        *r[f"{n}_wall_ms_range"],
                        r[f"{n}_cpu_ms"],
                    )
                )
            )
            if f"{n}_wall_ms" in r
            else "-"
            for n in names
        ]
        shares = [
            f"{r[f'{n}_share_of_floor']:.0%}" for n in ("graph", "xla") if r["mode"] == "exact"
        ]
        memory = (r["peak_scoring_mb"], r["data_mb"])
        rows.append((r["mode"], r["points"], *timings, ", ".join(shares) or "-", *memory))
    widths = [max(len(str(row[k])) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  ".join(str(cell).rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows
    )


def main(argv: list[str]) -> None:
    """Print one JSON line and a table."""
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
    settings = {"batch": _BATCH.value, "dimension": _DIMENSION.value, "threads": _THREADS.value}
    print(json.dumps({"benchmark": "spread_density", **settings, "results": results}))
    print(table(results))


if __name__ == "__main__":
    app.run(main)
