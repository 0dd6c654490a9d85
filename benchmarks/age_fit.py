"""What the benchmarks of AGE share: who is measured, in turns, and what is said of them."""

from __future__ import annotations

import os
import pathlib
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import timing
from absl import flags, logging

_ROUNDS = flags.DEFINE_integer("rounds", 5, "Fits of each contender; medians are reported.")
_STEPS = flags.DEFINE_integer("steps", 16, "Train steps in a fit.")
_THREADS = flags.DEFINE_integer("threads", 2, "Threads, pinned to as many cores.")
_PEER = flags.DEFINE_string("peer_python", sys.executable, "An interpreter that has PyTorch.")
_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for the JSON file.")
_CHILD = flags.DEFINE_string("child", None, "What to measure in this process (internal).")
_DATA = flags.DEFINE_string("data", None, "The file of examples to write or read (internal).")

TWIN = "pytorch"


class Contender(NamedTuple):
    """A way of ours to train, or a floor under one.

    Args:
        serve: measures in a process of its own.
        floor: the floor that its step is compared with; None for a floor.
    """

    serve: Callable[[], None]
    floor: str | None = None


def serve_fit(
    preset: Any, *, jit_compile: bool | str = "auto", steps_per_execution: int = 1
) -> None:
    """Serve steps of `fit` on the preset's data, which are left in `--data` for the twin."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    divergence, dataset = preset.divergence, preset.dataset()
    model = preset.build(divergence, seed=0)
    model.compile(
        **preset.target(divergence),
        **preset.compile_arguments(divergence),
        jit_compile=jit_compile,
        steps_per_execution=steps_per_execution,
    )
    examples = [model.batch(batch).x for batch in dataset.stream.epoch()]
    np.save(_DATA.value, np.concatenate(examples))

    def measure() -> dict[str, float]:
        fit = {"epochs": 1, "steps_per_epoch": _STEPS.value, "verbose": 0}
        return timing.per_step(lambda: model.fit(dataset, **fit), _STEPS.value)

    measure()
    networks = {"encoder": model.encoder, "decoder": model.decoder, "critic": model.critic}
    parameters = {
        role: int(sum(np.prod(v.shape) for v in network.trainable_variables))
        for role, network in networks.items()
    }
    library = f"keras {keras.__version__}"
    timing.serve(measure, parameters=parameters, library=library, xla=model.jit_compile)


def compare(
    program: str, what: str, contenders: Mapping[str, Contender], twin_floor: str, **settings: Any
) -> None:
    """Let the contenders and the PyTorch twin take turns, and publish what they measured.

    Args:
        program: the path of the benchmark; its twin lies beside it.
        what: is trained, for the table.
        contenders: by name, ours first: it writes the data.
        twin_floor: the floor that the twin's step is compared with.
        **settings: to publish besides.

    Raises:
        ValueError: if a contender has another number of parameters than the first.
    """
    if _CHILD.value:
        logging.set_verbosity(logging.WARNING)
        contenders[_CHILD.value].serve()
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    machine = timing.machine(_THREADS.value)
    timing.pin(_THREADS.value)
    path = pathlib.Path(program)
    floors = {name: contender.floor for name, contender in contenders.items() if contender.floor}
    with tempfile.TemporaryDirectory() as folder:
        options = (f"--data={folder}/examples.npy", f"--steps={_STEPS.value}")
        processes = {
            name: timing.Contender(sys.executable, program, f"--child={name}", *options)
            for name in contenders
        }
        if timing.has_torch(_PEER.value):
            twin = str(path.with_name(f"{path.stem}_torch.py"))
            threads = f"--threads={_THREADS.value}"
            processes[TWIN] = timing.Contender(_PEER.value, twin, *options, threads)
            floors[TWIN] = twin_floor
        facts = {name: process.facts for name, process in processes.items()}
        _check_parameters({name: facts[name]["parameters"] for name in floors})
        turns = {name: process.measure for name, process in processes.items()}
        times = timing.take_turns(turns, _ROUNDS.value)
        for process in processes.values():
            process.close()
    results, rows = _results(times, floors, facts)
    settings |= {"steps": _STEPS.value, "rounds": _ROUNDS.value, "machine": machine}
    record = {"benchmark": path.stem, **settings, "results": results}
    header = (what, "step ms", "times as fast as pytorch", "floor / step", "cpu ms a step")
    timing.publish(record, header, rows, _RESULTS.value)


def _check_parameters(parameters: Mapping[str, dict[str, int]]) -> None:
    first, *others = parameters
    for name in others:
        if parameters[name] != parameters[first]:
            raise ValueError(
                f"{name} does not train the networks of {first}: it has {parameters[name]} "
                f"parameters, expected {parameters[first]}."
            )


def _results(
    times: Mapping[str, timing.Times], floors: Mapping[str, str], facts: Mapping[str, dict]
) -> tuple[dict[str, Any], list[tuple]]:
    """Return what to publish of everyone, and the table's rows."""
    # Of a floor the faster engine counts.
    engines = {
        floor: min(
            (name for name in times[floor] if not name.endswith("_cpu")),
            key=lambda name, floor=floor: statistics.median(times[floor][name]),
        )
        for floor in dict.fromkeys(floors.values())
    }
    results, rows = {}, []
    for name, floor in floors.items():
        step, cpu = times[name]["step"], times[name]["step_cpu"]
        results[name] = {**facts[name], "step_ms": timing.spread(step, 1e3)}
        speed = ""
        if TWIN in times and name != TWIN:
            speed = results[name]["speedup"] = timing.ratios(times[TWIN]["step"], step)
        share = timing.ratios(times[floor][engines[floor]], step)
        results[name] |= {"share_of_floor": share, "step_cpu_ms": timing.spread(cpu, 1e3)}
        row = (results[name]["step_ms"], speed, share, results[name]["step_cpu_ms"])
        rows.append((name, *row))
    for floor, engine in engines.items():
        spreads = {f"{name}_ms": timing.spread(t, 1e3) for name, t in times[floor].items()}
        results[floor] = {**facts[floor], **spreads}
        row = (spreads[f"{engine}_ms"], "", "", spreads[f"{engine}_cpu_ms"])
        rows.append((f"{floor} ({engine})", *row))
    return results, rows
