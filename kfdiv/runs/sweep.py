"""Many runs of one command, some at a time, each in a folder and a process of its own."""

from __future__ import annotations

import os
import pathlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from kfdiv import files
from kfdiv.callbacks import SIGNALS
from kfdiv.runs import cores, finish, preflight
from kfdiv.runs.config import Config
from kfdiv.runs.processes import Job, run_jobs
from kfdiv.runs.record import summary
from kfdiv.runs.reports import open_readers, write_comparison
from kfdiv.runs.sweep_plan import PlannedRun
from kfdiv.runs.workdir import Workdir

PAGE = "compare.html"
_LOGS = "logs"
# What a run ends with that was stopped between two steps.
_STOPPED = tuple(128 + number for number in SIGNALS)
# Seconds from one comparison to the next, while runs are still going on.
_PAUSE = 30.0


class SweepRun(NamedTuple):
    """A run of a sweep: its name, the command's arguments, its folder, and what it is."""

    name: str
    arguments: tuple[str, ...]
    workdir: Workdir
    config: Config


def check(
    folder: pathlib.Path,
    planned: Sequence[PlannedRun],
    shared: Sequence[str],
    resolve: Callable[[list[str], Workdir], Config],
    data_dir: str | None = None,
) -> list[SweepRun]:
    """Return the runs of a sweep, all of which can be trained; nothing is written.

    Of each that is not finished model and data are made once, whatever its seed.

    Args:
        folder: of the sweep.
        planned: the combinations.
        shared: arguments that all have.
        resolve: from the arguments and the folder of a run to what it is.
        data_dir: where data sets are.

    Raises:
        FileExistsError: if the folder holds something else.
        ValueError: naming the first run that cannot be, and why, or two that are the same.
    """
    # A sweep's folder is the user's to add to; one of something else, of data say, is none.
    if not (folder / _LOGS).is_dir():
        beside = [path.parent.name for path in folder.glob("*/config.json")]
        Workdir(folder).check_free([PAGE, *beside])
    found, tried = [], set()
    for run in planned:
        workdir = Workdir(folder / run.name)
        arguments = (*shared, *run.arguments)
        try:
            config = resolve(list(arguments), workdir)
            kind = repr((config.preset, config.divergence, config.settings))
            if kind not in tried and not finish.inspect(workdir, config).whole:
                config.build().dataset("train", config.seed, data_dir)
                preflight.check(workdir, config.build().model(config.divergence, config.seed))
            tried.add(kind)
        except (ImportError, OSError, TypeError, ValueError) as error:
            text = " ".join(str(error).split())
            raise ValueError(f"The sweep's run {run.name}: {text}") from error
        twin = next((other for other in found if other.config.difference(config) is None), None)
        if twin is not None:
            raise ValueError(
                f"--sweep has one run by two names, {twin.name} and {run.name}. Leave one out."
            )
        found.append(SweepRun(run.name, arguments, workdir, config))
    return found


class Sweep:
    """Trains the runs of a sweep and compares them.

    Args:
        folder: of the sweep; each run has one in it.
        runs: those that `check` returned.
        workers: processes at a time, each of which has its share of the cores.
    """

    def __init__(self, folder: pathlib.Path, runs: Sequence[SweepRun], workers: int) -> None:
        self.folder = folder
        self.runs = runs
        self.workers = workers
        self.failed: dict[str, str] = {}
        self._by_name = {run.name: run for run in runs}
        self._done = 0
        self._began = time.monotonic()
        self._next = 0.0

    @property
    def page(self) -> pathlib.Path:
        """The comparison."""
        return self.folder / PAGE

    def train(self) -> int | None:
        """Train what is not finished, and write the comparison after each.

        Returns:
            The signal that stopped it, or None.
        """
        jobs = []
        for run in self.runs:
            if not self._restarts(run) and finish.inspect(run.workdir, run.config).whole:
                self._tell(run.name, f"finished already: {_figure(run)}")
            else:
                jobs.append(self._job(run))
        stopped = run_jobs(jobs, self.workers, self._ended, self._waits, self._environment())
        self.compare()
        return stopped

    def compare(self) -> None:
        """Write the page of all runs that have begun."""
        self._next = time.monotonic() + _PAUSE
        begun = [run for run in self.runs if run.workdir.log.exists()]
        notes = [f"{name} {reason}" for name, reason in self.failed.items()]
        if begun:
            try:
                readers = open_readers([run.workdir.path for run in begun])
                write_comparison(readers, self.page, f"Sweep in {self.folder}", notes)
            except (files.DamageError, OSError) as error:
                # Nothing that the runs would have to stop for.
                print(f"warning: no comparison: {error}", file=sys.stderr, flush=True)

    def output(self, name: str) -> pathlib.Path:
        """Return the file of what a run has printed."""
        return self.folder / _LOGS / f"{name}.txt"

    def _restarts(self, run: SweepRun) -> bool:
        return "--restart" in run.arguments

    def _job(self, run: SweepRun) -> Job:
        words = [sys.executable, "-m", "kfdiv.train", *run.arguments]
        words.append(f"--workdir={run.workdir.path}")
        return Job(run.name, words, self.output(run.name), run.workdir.path)

    def _ended(self, job: Job, code: int) -> None:
        run = self._by_name[job.name]
        if code == 0:
            self._tell(job.name, _figure(run))
        elif code in _STOPPED:
            self._tell(job.name, "stopped, ready to resume")
        else:
            how = f"failed with exit code {code}" if code >= 0 else f"was killed (signal {-code})"
            self.failed[job.name] = f"{how}: {self._last_line(job.output)}"
            self._tell(job.name, self.failed[job.name])
        if time.monotonic() >= self._next:
            self.compare()

    def _waits(self, job: Job, reason: str) -> None:
        print(f"{job.name} waits: {reason}.", flush=True)

    def _tell(self, name: str, said: str) -> None:
        self._done += 1
        minutes = (time.monotonic() - self._began) / 60
        print(f"{self._done} of {len(self.runs)}, {minutes:.1f} min: {name}: {said}", flush=True)

    def _last_line(self, output: pathlib.Path) -> str:
        lines = output.read_text(errors="replace").split("\n") if output.exists() else []
        lines = [line.strip() for line in lines if line.strip()]
        return lines[-1].removeprefix("error: ") if lines else "it printed nothing"

    def _environment(self) -> dict[str, str]:
        """Return the environment of the runs; what the user has set in it stands."""
        own = {"PYTHONUNBUFFERED": "1"}
        if self.workers > 1:
            threads = str(cores.share(self.workers))
            own |= {"TF_NUM_INTRAOP_THREADS": threads, "OMP_NUM_THREADS": threads}
            # The first process would take all of the memory.
            own["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
        return {**own, **os.environ}


def _figure(run: SweepRun) -> str:
    """Return a line about a finished run."""
    return summary(run.workdir, run.config, run.workdir.read_metrics()).splitlines()[0]


def leave_accelerators() -> None:
    """Use none in this process, which trains nothing: its memory is that of the runs."""
    for kind in ("GPU", "TPU"):
        tf.config.set_visible_devices([], kind)
