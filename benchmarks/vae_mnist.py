"""A step and an epoch of a VAE on MNIST, beside a PyTorch twin and its matrix products alone.

    TFDS_DATA_DIR=... python benchmarks/vae_mnist.py --peer_python=PATH

Multilayer perceptrons 784-512-512-40 and 20-512-512-784, Bernoulli pixels, Adam, batches of 100.
Each contender is a process of its own, and they take turns: a round is one epoch of each.

- kfdiv: `fit(dataset, epochs=1)` as a user calls it, everything within it included; a step is the
  time between Keras's callbacks around a call, over the steps of the call, its data included.
- PyTorch: `vae_mnist_torch.py`. Its epoch is a loop over a DataLoader; its step is the same step
  on one batch that is in hand.
- floor: the products of a step's shapes (forward, and the gradients of weights and inputs, the
  first layer's input excepted) back to back, by graph kernels and by XLA; the faster one counts.

Without MNIST prepared for TensorFlow Datasets, random images of its shape take its place.
"""

from __future__ import annotations

import functools
import os
import pathlib
import statistics
import sys
import tempfile
import time

import timing
from absl import app, flags, logging

_ROUNDS = flags.DEFINE_integer("rounds", 7, "Epochs of each contender; medians are reported.")
_THREADS = flags.DEFINE_integer("threads", 2, "Threads, pinned to as many cores.")
_STEPS = flags.DEFINE_integer("steps_per_execution", 50, "Steps in a call of ours.")
_PEER = flags.DEFINE_string("peer_python", sys.executable, "An interpreter that has PyTorch.")
_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for the JSON file.")
_CHILD = flags.DEFINE_string("child", None, "What to measure in this process (internal).")
_DATA = flags.DEFINE_string("data", None, "The file of images to write or read (internal).")

BATCH, LATENT, HIDDEN = 100, 20, (512, 512)
LAYERS = ((784, 512), (512, 512), (512, 40), (20, 512), (512, 512), (512, 784))
# Forward and weights' gradient for each layer; inputs' gradient for all but the first.
FLOPS = sum(2 * BATCH * i * o * (3 if k else 2) for k, (i, o) in enumerate(LAYERS))
FLOOR_CALLS = 100
STEPS = 600


def ours(path: str) -> None:
    """Serve epochs of `fit`; writes the images it trains on to `path` for the twin."""
    import keras
    import numpy as np

    import kfdiv

    def images(shuffle: bool) -> tuple:
        try:
            options = {"batch_size": BATCH, "shuffle": shuffle, "labels": False}
            return "mnist", kfdiv.data.load("mnist", **options)
        except (FileNotFoundError, ImportError):
            x = np.random.default_rng(0).integers(0, 256, (60_000, 28, 28, 1), np.uint8)
            return "random", kfdiv.data.from_arrays(x, batch_size=BATCH, shuffle=shuffle)

    class CallTimes(keras.callbacks.Callback):
        """Keeps the seconds of each call of the train function."""

        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            self.calls = []

        def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
            self._start = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.calls.append(time.perf_counter() - self._start)

    name, stored = images(shuffle=False)
    np.save(path, np.concatenate(list(stored.as_numpy_iterator())).reshape(-1, 784))
    _, dataset = images(shuffle=True)
    model = kfdiv.models.VAE(
        encoder=kfdiv.networks.mlp((28, 28, 1), HIDDEN, 2 * LATENT),
        decoder=kfdiv.distributions.Bernoulli(kfdiv.networks.mlp(LATENT, HIDDEN, (28, 28, 1))),
    )
    model.compile(steps_per_execution=_STEPS.value)
    times = CallTimes()

    def epoch() -> dict[str, float]:
        seconds = timing.per_call(
            lambda: model.fit(dataset, epochs=1, verbose=0, callbacks=[times]), 1, "epoch"
        )
        return {**seconds, "step": statistics.median(times.calls) / _STEPS.value}

    epoch()
    timing.serve(epoch, data=name, library=f"keras {keras.__version__}")


def floor() -> None:
    """Serve the time of a step's matrix products, by two engines."""
    import tensorflow as tf

    draw = tf.random.Generator.from_seed(0).normal
    inputs = [draw((BATCH, i)) for i, _ in LAYERS]
    weights = [draw((i, o)) for i, o in LAYERS]
    gradients = [draw((BATCH, o)) for _, o in LAYERS]

    def products(inputs: list, weights: list, gradients: list) -> list[tf.Tensor]:
        forward = [tf.matmul(x, w) for x, w in zip(inputs, weights, strict=True)]
        of_weights = [
            tf.matmul(x, g, transpose_a=True) for x, g in zip(inputs, gradients, strict=True)
        ]
        of_inputs = [
            tf.matmul(g, w, transpose_b=True)
            for g, w in zip(gradients[1:], weights[1:], strict=True)
        ]
        return forward + of_weights + of_inputs

    engines = {"graph": tf.function(products), "xla": tf.function(products, jit_compile=True)}

    def measure() -> dict[str, float]:
        seconds = {}
        for name, engine in engines.items():
            call = functools.partial(engine, inputs, weights, gradients)
            seconds |= timing.per_call(lambda call=call: call()[-1].numpy(), FLOOR_CALLS, name)
        return seconds

    measure()
    timing.serve(measure, library=f"tensorflow {tf.__version__}")


def report(times: dict[str, timing.Times], facts: dict[str, dict], machine: dict) -> None:
    """Print and write the medians, and the two ratios that matter."""
    engine = min(("graph", "xla"), key=lambda name: statistics.median(times["floor"][name]))
    products, processor = times["floor"][engine], times["floor"][f"{engine}_cpu"]
    rows, results = [], {}
    for name in ("kfdiv", "pytorch"):
        if name not in times:
            continue
        step, epoch = timing.spread(times[name]["step"], 1e3), timing.spread(times[name]["epoch"])
        share = timing.ratios(products, times[name]["step"])
        cpu = [seconds / STEPS for seconds in times[name]["epoch_cpu"]]
        results[name] = {
            **facts[name],
            "step_ms": step,
            "epoch_s": epoch,
            "share_of_floor": share,
            "epoch_cpu_ms_a_step": timing.spread(cpu, 1e3),
            "share_of_floor_cpu": timing.ratios(processor, cpu),
        }
        row = [results[name][key] for key in ("epoch_cpu_ms_a_step", "share_of_floor_cpu")]
        rows.append((name, step, epoch, share, *row))
    floors = (timing.spread(products, 1e3), "", "", timing.spread(processor, 1e3), "")
    rows.append((f"floor ({engine})", *floors))
    results["floor"] = {f"{name}_ms": timing.spread(t, 1e3) for name, t in times["floor"].items()}
    results["floor"]["gflop_a_step"] = round(FLOPS / 1e9, 4)
    results["floor"]["gflop_a_second"] = timing.spread(FLOPS / 1e9 / t for t in products)
    if "pytorch" in times:
        results["speedup"] = {
            what: timing.ratios(times["pytorch"][what], times["kfdiv"][what])
            for what in ("step", "epoch")
        }
        rows.append(("times as fast as pytorch", *results["speedup"].values(), "", "", ""))
    settings = {
        "batch": BATCH,
        "steps_per_execution": _STEPS.value,
        "rounds": _ROUNDS.value,
        "machine": machine,
    }
    record = {"benchmark": "vae_mnist", **settings, "results": results}
    header = (f"VAE, {facts['kfdiv']['data']} images", "step ms", "epoch s", "floor / step")
    header += ("cpu ms a step", "floor / step, cpu")
    timing.publish(record, header, rows, _RESULTS.value)


def main(argv: list[str]) -> None:
    """Let the contenders take turns."""
    if _CHILD.value:
        logging.set_verbosity(logging.WARNING)
        {"ours": lambda: ours(_DATA.value), "floor": floor}[_CHILD.value]()
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    machine = timing.machine(_THREADS.value)
    timing.pin(_THREADS.value)
    this = [sys.executable, argv[0], f"--steps_per_execution={_STEPS.value}"]
    twin = pathlib.Path(argv[0]).with_name("vae_mnist_torch.py")
    with tempfile.TemporaryDirectory() as folder:
        data = f"--data={folder}/images.npy"
        contenders = {
            "kfdiv": timing.Contender(*this, "--child=ours", data),
            "floor": timing.Contender(*this, "--child=floor"),
        }
        if timing.has_torch(_PEER.value):
            threads = f"--threads={_THREADS.value}"
            contenders["pytorch"] = timing.Contender(_PEER.value, str(twin), data, threads)
        turns = {name: contender.measure for name, contender in contenders.items()}
        times = timing.take_turns(turns, _ROUNDS.value)
        for contender in contenders.values():
            contender.close()
    report(times, {name: c.facts for name, c in contenders.items()}, machine)


if __name__ == "__main__":
    app.run(main)
