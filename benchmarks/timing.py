"""What benchmarks share: pinned threads, contenders that take turns, medians with their spread.

The standard library alone, so that a peer's interpreter can import it too.
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)

# Seconds of each thing measured, a list of rounds.
Times = dict[str, list[float]]


def pin(threads: int) -> None:
    """Give this process, and those that it starts, `threads` threads on as many cores.

    Call it before a numerical library is imported.
    """
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


class Contender:
    """A process that warms up, says what it is, and then measures each time it is asked.

    Libraries of one process would share threads and memory; idle processes leave each other alone.

    Args:
        *command: a Python program that ends in `serve`, and its arguments.
    """

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.facts = self._answer()

    def measure(self) -> dict[str, float]:
        """Return what the process measures now: seconds by name."""
        self._process.stdin.write("measure\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Let the process end."""
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"{' '.join(self._process.args)} ended with status {self._process.wait()} before "
                "it answered; its own message is above."
            )
        return json.loads(line)


def serve(measure: Callable[[], dict[str, float]], **facts: Any) -> None:
    """Answer a `Contender`: first with the facts, then each line with a measurement."""
    print(json.dumps(facts), flush=True)
    for _ in sys.stdin:
        print(json.dumps(measure()), flush=True)


def take_turns(
    contenders: Mapping[str, Callable[[], dict[str, float]]], rounds: int
) -> dict[str, Times]:
    """Measure everyone once a round, so that a busy moment of the machine meets all of them.

    Args:
        contenders: by name, what returns seconds by name.
        rounds: how many times.

    Returns:
        For each contender, each name's seconds, one for each round.
    """
    times: dict[str, Times] = {name: {} for name in contenders}
    for index in range(rounds):
        for name, measure in contenders.items():
            measured = measure()
            for what, seconds in measured.items():
                times[name].setdefault(what, []).append(seconds)
            shown = ", ".join(f"{what} {seconds:.3g} s" for what, seconds in measured.items())
            print(f"round {index + 1} of {rounds}, {name}: {shown}", file=sys.stderr, flush=True)
    return times


def spread(values: Iterable[float], scale: float = 1.0) -> dict[str, float]:
    """Return the median, the lowest and the highest of `values`, times `scale`, to 4 digits."""
    values = [scale * value for value in values]
    summary = {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}
    return {name: float(f"{value:.4g}") for name, value in summary.items()}


def ratios(above: Sequence[float], below: Sequence[float]) -> dict[str, float]:
    """Return the spread of the ratio of two lists of seconds, round by round."""
    return spread(a / b for a, b in zip(above, below, strict=True))


def per_call(function: Callable[[], Any], calls: int, what: str) -> dict[str, float]:
    """Return the mean seconds of a call, of `calls` in a row: `what`, and `what_cpu` of all cores.

    Processor time hardly depends on what else the machine does, except that of a library whose
    threads spin while they wait for one another, as PyTorch's do.
    """
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(calls):
        function()
    seconds = {what: time.perf_counter() - wall, f"{what}_cpu": time.process_time() - processor}
    return {name: value / calls for name, value in seconds.items()}


def per_step(function: Callable[[], Any], steps: int) -> dict[str, float]:
    """Return the seconds of one of the `steps` steps that `function` takes, as `per_call` does."""
    return {name: value / steps for name, value in per_call(function, 1, "step").items()}


def has_torch(python: str) -> bool:
    """Say whether an interpreter has PyTorch; if not, print how to have the peer beside ours."""
    found = subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0
    if not found:
        print(
            f"The PyTorch twin is left out: {python} has no torch. Install it there, or name an "
            "interpreter that has it: --peer_python=PATH.",
            file=sys.stderr,
        )
    return found


def machine(threads: int) -> dict[str, Any]:
    """Return what a reader must know of the machine; a load at the start is others' work."""
    facts = {"processor": platform.machine(), "cores": os.cpu_count(), "threads": threads}
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [s for s in cpuinfo.read_text().splitlines() if s.startswith("model name")]
        facts["processor"] = names[0].split(":")[1].strip() if names else facts["processor"]
    if hasattr(os, "getloadavg"):
        facts["load_at_start"] = round(os.getloadavg()[0], 2)
    return facts


def publish(record: dict[str, Any], header: Sequence[str], rows: list[Sequence], to: str) -> None:
    """Print a table and one JSON line, and write the record to `to/NAME.json`, whole or not at all.

    The record is written with the command, the date and the table, from which RESULTS.md is made.

    Args:
        record: with its name under "benchmark".
        header: titles of the table's columns.
        rows: strings, numbers, or spreads, which are shown as `median (lowest-highest)`.
        to: the folder of results.
    """
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(header))]
    for row in cells:
        first, *others = (
            text.rjust(w) if k else text.ljust(w)
            for k, (text, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]))
    print(json.dumps(record))
    # An interpreter's path is its user's own business.
    arguments = [a for a in sys.argv[1:] if not a.startswith(("--peer_python", "--results"))]
    command = " ".join(["python", os.path.relpath(sys.argv[0]), *arguments])
    stamp = {"command": command, "date": time.strftime("%Y-%m-%d")}
    record = {**stamp, **record, "table": {"header": cells[0], "rows": cells[1:]}}
    path = pathlib.Path(to) / f"{record['benchmark']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['median']:.3g} ({value['lowest']:.3g}-{value['highest']:.3g})"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
