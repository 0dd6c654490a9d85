"""What `soak.py` does to runs, and how it looks at what becomes of them."""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
import random
import shutil
import signal
import time
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

# Some of what there is before a run's first row and after its last.
_FIRST_SECONDS = 4.0


class Case(NamedTuple):
    """A run that is disturbed.

    Attributes:
        name: of its objective.
        arguments: of `python -m kfdiv.train`, without its folder.
    """

    name: str
    arguments: tuple[str, ...]


class Ended(NamedTuple):
    """A process that has ended: its exit code, -9 if it was killed, and what it printed."""

    code: int
    printed: str

    @property
    def lines(self) -> list[str]:
        """What it said of files."""
        starts = ("warning: ", "error: ")
        return [line for line in self.printed.splitlines() if line.startswith(starts)]


def train(
    arguments: tuple[str, ...],
    output: pathlib.Path,
    kill: Callable[[], bool] = lambda: False,
) -> Ended:
    """Train in a process of its own, which is killed when `kill` says so, unless it has ended.

    The process is a fork of this one, which has imported the library and computed nothing.

    Args:
        arguments: of `python -m kfdiv.train`.
        output: file for what it prints.
        kill: asked every few milliseconds.
    """
    pid = os.fork()
    if pid == 0:
        _be_program(arguments, output)
    ended = 0
    while not ended:
        time.sleep(0.003)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended and kill():
            os.kill(pid, signal.SIGKILL)
            ended, status = os.waitpid(pid, 0)
    printed = output.read_text(errors="replace") if output.exists() else ""
    return Ended(os.waitstatus_to_exitcode(status), printed)


class RandomMoment:
    """A random moment of a run: some time after a random row of its log.

    A moment of the clock would fall differently on a machine that is busy in another way than when
    the time of a run was taken.

    Args:
        run: its folder.
        epochs: that it takes.
        rng: chooses.
    """

    def __init__(self, run: pathlib.Path, epochs: int, rng: random.Random) -> None:
        self._log = run / "log.csv"
        first = self._rows()
        # The last is within what follows the last epoch: export, evaluation, manifest.
        self._row = rng.randint(first, max(first, epochs))
        self._share = rng.random()
        self._seen: list[float] = [time.monotonic()]
        self._due: float | None = None
        self._known = first

    def __call__(self) -> bool:
        """Say whether the moment has come."""
        now, rows = time.monotonic(), self._rows()
        if rows != self._known:
            self._known = rows
            self._seen.append(now)
        if self._due is None and rows >= self._row:
            # An epoch takes as long as the one before it.
            gap = self._seen[-1] - self._seen[-2] if len(self._seen) > 2 else _FIRST_SECONDS
            self._due = now + self._share * gap
        return self._due is not None and now >= self._due

    def __str__(self) -> str:
        return f"{self._share:.2f} of an epoch after row {self._row}"

    def _rows(self) -> int:
        return max(0, self._log.read_bytes().count(b"\n") - 1) if self._log.exists() else 0


def _be_program(arguments: tuple[str, ...], output: pathlib.Path) -> None:
    code = 1
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        for stream in (1, 2):
            os.dup2(handle, stream)
        from absl import flags, logging

        import kfdiv.train
        from kfdiv.runs import program

        logging.set_verbosity(logging.WARNING)
        values = flags.FlagValues()
        kfdiv.train.define_flags(values)
        rest = values(["train", *arguments])
        code = program.run(kfdiv.train.main, values, rest[1:])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        # Not the ends of the process that this one is a fork of.
        os._exit(code)


def damage(run: pathlib.Path, other: pathlib.Path, rng: random.Random) -> str:
    """Damage a random file of a run in a random way, and say which and how.

    Args:
        run: its folder.
        other: the folder of another run, whose file of the same name may take the place.
        rng: chooses.
    """
    found = [path for path in sorted(run.rglob("*")) if path.is_file() and path.name != ".lock"]
    path = rng.choice(found)
    way = rng.choice(["lost", "empty", "truncated", "bit-flipped", "of another run"])
    content = bytearray(path.read_bytes())
    twin = _twin(path, run, other)
    if way == "of another run" and twin is not None:
        shutil.copy(twin, path)
    elif way == "bit-flipped" and content:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(content))
    elif way == "truncated" and content:
        path.write_bytes(bytes(content[: rng.randrange(len(content))]))
    elif way == "empty":
        path.write_bytes(b"")
    else:
        way = "lost"
        path.unlink()
    return f"{path.relative_to(run).as_posix()} {way}"


def _twin(path: pathlib.Path, run: pathlib.Path, other: pathlib.Path) -> pathlib.Path | None:
    relative = path.relative_to(run)
    if relative.parts[0] == "tensorboard":
        return next((other / "tensorboard").iterdir(), None)
    twin = other / relative
    return twin if twin.is_file() else None


def difference(run: pathlib.Path, whole: pathlib.Path) -> str | None:
    """Say in what the end of a run is another one than that of its undisturbed twin, or None.

    Compared bit for bit: all weights and optimizers, the log and the metrics but for seconds, and
    the pictures. Not the page, which shows seconds, nor what it has of earlier epochs: of a run
    that was killed while it drew, one of them may be missing.

    Args:
        run: its folder.
        whole: its twin's.
    """
    for name, read in (("model.keras", _weights), ("log.csv", _log), ("metrics.json", _metrics)):
        try:
            if read(run / name) != read(whole / name):
                return f"{name} differs"
        except (OSError, ValueError, KeyError) as error:
            return f"{name}: {error}"
    for path in sorted(whole.glob("*.png")):
        if not (run / path.name).exists() or (run / path.name).read_bytes() != path.read_bytes():
            return f"{path.name} differs"
    if not (run / "export" / "saved_model.pb").exists():
        return "there is no export"
    left = [path.name for path in run.rglob(".*") if path.name != ".lock"]
    return f"left behind: {', '.join(left)}" if left else None


def _weights(path: pathlib.Path) -> dict[str, bytes]:
    # Not before threads are pinned.
    import h5py

    found = {}

    def note(name: str, item: Any) -> None:
        # Means of the logs are no state of a model between epochs.
        if isinstance(item, h5py.Dataset) and "tracker" not in name:
            found[name] = item[()].tobytes()

    with zipfile.ZipFile(path) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content) as file:
        file.visititems(note)
    return found


def _log(path: pathlib.Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


def _metrics(path: pathlib.Path) -> dict[str, Any]:
    return {**json.loads(path.read_text()), "seconds": 0}
