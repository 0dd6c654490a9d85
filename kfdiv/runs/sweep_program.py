"""What `python -m kfdiv.train --sweep=...` does."""

from __future__ import annotations

import sys

from absl import flags

from kfdiv import files
from kfdiv.runs import sweep, sweep_plan, train_flags
from kfdiv.runs.workdir import Workdir


def train(values: flags.FlagValues) -> int:
    """Train all runs of a sweep, and return the exit code.

    Args:
        values: the flags of `kfdiv.train`.

    Raises:
        ValueError: if the sweep, or a run of it, is not possible; before any is trained.
    """
    folder = Workdir(values.workdir)
    names = [name for name in train_flags.names() if name not in train_flags.OF_SWEEP]
    if values.strategy == "multi_worker":
        raise ValueError(
            "--sweep begins processes by itself, and several workers are one run's: leave out "
            "--strategy=multi_worker, or train the runs one by one."
        )
    if folder.config.exists():
        raise ValueError(
            f"{folder.path} holds a run; name another folder, in which each run of --sweep has one."
        )
    files.check_folder_writable(folder.path, "--workdir")
    planned = sweep_plan.plan(values.sweep, names)
    for argument in planned[0].arguments:
        name = argument.removeprefix("--").partition("=")[0]
        if name != "set" and values[name].present:
            raise ValueError(
                f"--sweep has values of {name}, so that --{name}={values[name].value} would be "
                "ignored. Leave one of them out."
            )
    shared = [
        word
        for name in names
        if values[name].present
        for word in values[name].serialize().split("\n")
    ]
    sweep.leave_accelerators()
    found = sweep.check(folder.path, planned, shared, train_flags.resolve_words, values.data_dir)
    files.check_writable(folder.path / sweep.PAGE, "The page")
    with files.locked(folder.path):
        files.sweep(folder.path)
        running = sweep.Sweep(folder.path, found, values.workers or 1)
        print(f"Training {len(found)} runs in {folder.path}", flush=True)
        stopped = running.train()
    # There is none before a run has ended an epoch.
    if running.page.exists():
        print(f"\nThe comparison: {running.page}")
    for name, reason in running.failed.items():
        print(f"error: {name} {reason} (see {running.output(name)})", file=sys.stderr)
    if stopped is not None:
        print("Stopped. To go on, give the same command again.", file=sys.stderr)
        return 128 + stopped
    return 1 if running.failed else 0
