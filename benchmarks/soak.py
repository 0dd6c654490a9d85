r"""Kill runs at random moments, damage random files of theirs, and look at what becomes of them.

    python benchmarks/soak.py --kills=50 --damages=50 --threads=1

A kill is SIGKILL, up to three times in one run, each at a random moment, until the run is let end.
A damage is one random file of the folder of a finished run, or of one that was killed at a random
moment, that is lost, emptied, truncated at a random place, of a random bit flipped, or another
run's. Then the same command is given again. The run must end bit for bit as its twin that nothing
has disturbed, or refuse in one line that says why it cannot. Everything else is a failure, which is
printed, and of which the folder is kept.
"""

from __future__ import annotations

import pathlib
import random
import shutil
import signal
import sys
from typing import Any

import soak_trials
import timing
from absl import app, flags
from soak_trials import Case

_THREADS = flags.DEFINE_integer("threads", 1, "Threads, and cores.", lower_bound=1)
_KILLS = flags.DEFINE_integer("kills", 50, "Runs that are killed.", lower_bound=0)
_DAMAGES = flags.DEFINE_integer("damages", 50, "Runs that are damaged.", lower_bound=0)
_SEED = flags.DEFINE_integer("seed", 0, "Of moments, files and damages.")
_WORKDIR = flags.DEFINE_string("workdir", "runs/soak", "Folder of the runs; emptied first.")
_RESULTS = flags.DEFINE_string("results", "results/benchmarks", "Folder for JSON.")

_GRID = (
    "--preset=shen/grid9",
    "--batch_size=2600",
    *(f"--set={text}" for text in ("units=8", "critic_units=8", "critic_steps=2")),
)
CASES = (
    Case(
        "variational upper bound",
        (
            "--preset=zhang/gaussian",
            "--divergence=kl",
            "--batch_size=50",
            *(f"--set={text}" for text in ("units=8", "num_examples=500", "steps_per_execution=4")),
        ),
    ),
    Case("AGE", (*_GRID, "--divergence=kl")),
    Case("hinge", (*_GRID, "--set=objective=hinge")),
    Case(
        "DRAW",
        (
            "--preset=rosca/draw_digits",
            *(f"--set={text}" for text in ("units=8", "steps=2", "passes_per_epoch=1")),
            "--steps_per_execution=7",
        ),
    ),
)
_EPOCHS = 4
_MAX_KILLS = 3


def main(_: list[str]) -> None:
    """Run all trials, print the table and write it."""
    timing.pin(_THREADS.value)
    machine = timing.machine(_THREADS.value)
    import kfdiv.train  # noqa: F401  What forks find imported.

    folder = pathlib.Path(_WORKDIR.value)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rng = random.Random(_SEED.value)
    for case in CASES:
        _twins(case, folder)
    trials = []
    for kind, count in (("kill", _KILLS.value), ("damage", _DAMAGES.value)):
        for index in range(count):
            case = CASES[index % len(CASES)]
            trial = _trial(kind, case, folder, f"{kind}-{index}", rng)
            trials.append(trial)
            print(f"{kind} {index + 1} of {count}, {trial}", file=sys.stderr, flush=True)
    header = ["objective", "kills", "identical", "damages", "identical ", "refused", "otherwise"]
    rows = [[case.name, *_counts(trials, case.name)] for case in CASES]
    rows.append(["all", *_counts(trials)])
    note = (
        "No times. Runs killed (SIGKILL, one to three times, at random moments), and runs of which "
        "one random file was damaged, by how they ended: bit for bit as the undisturbed run of the "
        "same objective (weights, optimizers, log, metrics, pictures), refused in one line, or "
        "otherwise, which is a failure."
    )
    record = {"benchmark": "soak", "machine": machine, "note": note, "trials": trials}
    timing.publish(record, header, rows, _RESULTS.value)
    if any(trial["outcome"] not in ("identical", "refused") for trial in trials):
        raise SystemExit(1)


def _counts(trials: list[dict[str, Any]], name: str | None = None) -> list[str]:
    """Return a row: how many, and how they ended."""
    own = [trial for trial in trials if name in (None, trial["objective"])]
    kills, damages = ([t["outcome"] for t in own if t["kind"] == k] for k in ("kill", "damage"))
    refused = [*kills, *damages].count("refused")
    identical = kills.count("identical"), damages.count("identical")
    counts = [len(kills), identical[0], len(damages), identical[1], refused]
    return [str(count) for count in (*counts, len(own) - sum(identical) - refused)]


def _twins(case: Case, folder: pathlib.Path) -> None:
    """Train a case undisturbed, and another run of it."""
    for name, others in (("whole", ()), ("other", ("--seed=1",))):
        home = f"--workdir={_home(case, folder) / name}"
        arguments = (*case.arguments, f"--epochs={_EPOCHS}", *others, home)
        ended = soak_trials.train(arguments, folder / "output.txt")
        if ended.code:
            raise RuntimeError(f"{case.name} does not train undisturbed:\n{ended.printed}")


def _home(case: Case, folder: pathlib.Path) -> pathlib.Path:
    return folder / case.name.replace(" ", "-")


def _trial(
    kind: str, case: Case, folder: pathlib.Path, name: str, rng: random.Random
) -> dict[str, Any]:
    """Disturb a run, give its command again, and say how it ended."""
    home = _home(case, folder)
    run = home / name
    arguments = (*case.arguments, f"--epochs={_EPOCHS}", f"--workdir={run}")
    done = []
    if kind == "damage" and rng.random() < 0.5:
        shutil.copytree(home / "whole", run)
        done.append("finished")
    else:
        done += _kill(rng.randint(1, _MAX_KILLS) if kind == "kill" else 1, arguments, run, rng)
    if kind == "damage" and run.exists() and any(run.iterdir()):
        done.append(soak_trials.damage(run, home / "other", rng))
    ended = soak_trials.train(arguments, run.with_suffix(".out"))
    errors = [line for line in ended.lines if line.startswith("error: ")]
    if ended.code == 0:
        outcome = soak_trials.difference(run, home / "whole") or "identical"
    else:
        one_line = ended.code == 2 and len(errors) == 1 and "Traceback" not in ended.printed
        outcome = "refused" if one_line else f"exit code {ended.code}"
    trial = {"kind": kind, "objective": case.name, "done": ", ".join(done), "outcome": outcome}
    if outcome in ("identical", "refused"):
        shutil.rmtree(run, ignore_errors=True)
        run.with_suffix(".out").unlink()
    else:
        print(ended.printed, file=sys.stderr)
    # Paths are this machine's own business.
    return {**trial, "lines": [line.replace(str(run), "RUN") for line in ended.lines]}


def _kill(
    times: int, arguments: tuple[str, ...], run: pathlib.Path, rng: random.Random
) -> list[str]:
    """Kill a run once at least, and so many times at most; return when."""
    done: list[str] = []
    while len(done) < times:
        moment = soak_trials.RandomMoment(run, _EPOCHS, rng)
        ended = soak_trials.train(arguments, run.with_suffix(".out"), moment)
        if ended.code == -signal.SIGKILL:
            done.append(f"killed {moment}")
        elif done:
            break
        else:
            # It was over before the moment came: another one.
            shutil.rmtree(run)
    return done


if __name__ == "__main__":
    app.run(main)
