"""Our compiled train steps on a GPU, beside PyTorch twins, eager and in a CUDA graph.

Two machines, or one: a TensorFlow that is here exports, and the interpreter of the GPU's machine,
which needs JAX and PyTorch and no TensorFlow, measures.

    python benchmarks/gpu_export.py --folder=build/gpu
    python benchmarks/gpu_steps.py --folder=build/gpu

Each contender is a process of its own, alone on the card while it is warm: they take turns, ours
before the eager twin before the graph. "The compiled step, run by XLA on the card" is what the
figures are of, not `fit`.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

import gpu_cases
import timing

THREADS = 2


def contenders(read: argparse.Namespace, case: str) -> dict[str, list[str]]:
    """Return the commands, in the order of a round."""
    here = pathlib.Path(__file__).parent
    shared = [f"--folder={read.folder}", f"--case={case}", f"--calls={read.calls}"]
    twin = [sys.executable, str(here / "gpu_torch.py"), *shared, f"--device={read.device}"]
    commands = {
        "kfdiv": [sys.executable, str(here / "gpu_program.py"), *shared],
        "pytorch, eager": twin,
    }
    if read.device == "cuda":
        commands["pytorch, CUDA graph"] = [*twin, "--graph"]
    return commands


def compare(read: argparse.Namespace, case: str) -> tuple[dict, list[tuple]]:
    """Let the contenders of a case take turns; return what to publish, and the table's rows.

    Raises:
        ValueError: if a twin has other parameters, or a step leaves weights that are not finite.
    """
    processes = {name: timing.Contender(*c) for name, c in contenders(read, case).items()}
    facts = {name: process.facts for name, process in processes.items()}
    if len({fact["parameters"] for fact in facts.values()}) > 1:
        raise ValueError(f"{case}: the contenders have other numbers of parameters: {facts}.")
    if not all(fact["finite"] for fact in facts.values()):
        raise ValueError(f"{case}: a contender's weights are not finite: {facts}.")
    turns = {name: process.measure for name, process in processes.items()}
    times = timing.take_turns(turns, read.rounds)
    for process in processes.values():
        process.close()
    found, rows = {}, []
    for name, measured in times.items():
        step = timing.spread(measured["step"], 1e3)
        found[name] = {**facts[name], "step_ms": step}
        speed = ""
        if name != "kfdiv":
            speed = timing.ratios(measured["step"], times["kfdiv"]["step"])
            found[name]["times_ours"] = speed
        rows.append((gpu_cases.CASES[case].title, name, step, speed))
    return found, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default="build/gpu", help="of what gpu_export.py wrote")
    parser.add_argument("--cases", default=",".join(gpu_cases.CASES), help="which train steps")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contender")
    parser.add_argument("--calls", type=int, default=4, help="calls of ours in a turn")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--results", default="results/benchmarks", help="folder of the JSON file")
    read = parser.parse_args()
    # Contenders share the card, and wait for one another.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    machine = timing.machine(THREADS)
    results, rows = {}, []
    for case in read.cases.split(","):
        results[case], own = compare(read, case)
        rows += own
    machine["card"] = next(iter(results.values()))["kfdiv"]["card"]
    steps = {name: gpu_cases.CASES[name].steps for name in results}
    record = {
        "benchmark": "gpu_steps",
        "machine": machine,
        "note": f"The package's compiled step, run by XLA; steps in a call: {steps}.",
        "rounds": read.rounds,
        "results": results,
    }
    header = ("train step", "by", "step ms", "of ours")
    timing.publish(record, header, rows, read.results)


if __name__ == "__main__":
    main()
