"""Steps a second of the ring with and without supersteps, beside a PyTorch twin.

    python benchmarks/ring_supersteps.py --peer_python=PATH

The preset zhang/ring (Zhang et al. 2019, section 3.1) at the paper's size, 5 layers of 400 units,
and with small networks, by forward KL, which needs no data density, and by JS, which evaluates that
of all 10,000 examples at 1,100 points a step. `fit` is timed as a user calls it, all that it does
before the first step included; it and the twin over as many steps take turns.

- superstep: `steps_per_execution=50`, one compiled loop.
- one by one: `steps_per_execution=1`, the loop of Keras, each step compiled as above.
- one by one, graph: the same without XLA, which is Keras's own choice on a CPU.
- pytorch: `ring_supersteps_torch.py`, eager.

A superstep saves the call, not the arithmetic: where a step is long, little is gained.
"""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Callable

import timing
from absl import app, flags

_ROUNDS = flags.DEFINE_integer("rounds", 5, "Fits of each contender; medians are reported.")
_THREADS = flags.DEFINE_integer("threads", 2, "Threads, pinned to as many cores.")
_SIZE = flags.DEFINE_integer("steps_per_execution", 50, "Steps of a superstep.")
_PEER = flags.DEFINE_string("peer_python", sys.executable, "An interpreter that has PyTorch.")
_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for the JSON file.")
_CASES = flags.DEFINE_list(
    "cases",
    ["kl:2:32:10000", "kl:2:64:10000", "kl:5:400:200", "js:5:400:100"],
    "Cases as divergence:layers:units:steps, where a fit takes so many steps.",
)


def fit(case: str, steps_per_execution: int, xla: bool = True) -> Callable[[], dict[str, float]]:
    """Return what trains the ring for the case's steps, and returns the seconds of a step."""
    from kfdiv import presets

    divergence, layers, units, steps = case.split(":")
    preset = presets.get("zhang/ring", layers=int(layers), units=int(units))
    model, dataset, steps = preset.build(divergence, seed=0), preset.dataset(), int(steps)
    model.compile(
        divergence,
        steps_per_execution=steps_per_execution,
        jit_compile=xla,
        **preset.compile_arguments(divergence),
    )

    def measure() -> dict[str, float]:
        return timing.per_step(
            lambda: model.fit(dataset, epochs=1, steps_per_epoch=steps, verbose=0), steps
        )

    measure()
    return measure


def main(argv: list[str]) -> None:
    """Let the contenders of each case take turns."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    machine = timing.machine(_THREADS.value)
    timing.pin(_THREADS.value)
    torch = timing.has_torch(_PEER.value)
    twin = pathlib.Path(argv[0]).with_name("ring_supersteps_torch.py")
    results, rows = {}, []
    for case in _CASES.value:
        turns = {
            "superstep": fit(case, _SIZE.value),
            "one by one": fit(case, 1),
            "one by one, graph": fit(case, 1, xla=False),
        }
        if torch:
            options = (f"--case={case}", f"--threads={_THREADS.value}")
            peer = timing.Contender(_PEER.value, str(twin), *options)
            turns["pytorch"] = peer.measure
        times = timing.take_turns(turns, _ROUNDS.value)
        if torch:
            peer.close()
        divergence, layers, units, _ = case.split(":")
        results[case] = {}
        for name, seconds in times.items():
            step = timing.spread(seconds["step"], 1e3)
            ratio = timing.ratios(seconds["step"], times["superstep"]["step"])
            processor = timing.spread(seconds["step_cpu"], 1e3)
            results[case][name] = {
                "step_ms": step,
                "step_cpu_ms": processor,
                "over_superstep": ratio,
            }
            rows.append((f"{divergence}, {layers} x {units}, {name}", step, ratio, processor))
    settings = {
        "batch": 100,
        "steps_per_execution": _SIZE.value,
        "rounds": _ROUNDS.value,
        "machine": machine,
    }
    record = {"benchmark": "ring_supersteps", **settings, "results": results}
    header = ("ring", "ms a step", "times a superstep's", "cpu ms a step")
    timing.publish(record, header, rows, _RESULTS.value)


if __name__ == "__main__":
    app.run(main)
