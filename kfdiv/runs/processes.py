"""Some processes at a time, until all are done; one that fails is none of the others' business."""

from __future__ import annotations

import contextlib
import pathlib
import signal
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kfdiv import files

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PAUSE = 0.05
# Between two looks whether a folder has become free.
_LOOK = 1.0


class Job(NamedTuple):
    """A process to be run.

    Attributes:
        name: of the job.
        command: the program and its arguments.
        output: file to which what it prints is added.
        folder: where it works, which it locks; while another process has it, the job waits.
    """

    name: str
    command: Sequence[str]
    output: pathlib.Path
    folder: pathlib.Path


def run_jobs(
    jobs: Sequence[Job],
    workers: int,
    on_end: Callable[[Job, int], None],
    on_wait: Callable[[Job, str], None] = lambda job, reason: None,
    environment: Mapping[str, str] | None = None,
) -> int | None:
    """Run processes, `workers` at a time, in order.

    On Ctrl-C or SIGTERM those that run get the signal, too, once each time it comes, and no
    further ones are begun; this returns when they have ended.

    Args:
        jobs: what to run.
        workers: how many at a time; a job that waits for its folder counts, for it is being done.
        on_end: told of each that has ended, and of its exit code: -9 if it was killed.
        on_wait: told once of each that waits, and for whom.
        environment: of the processes; by default this one's.

    Returns:
        The signal that ended it early, or None.

    Example:
        >>> import sys, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> job = Job("fails", [sys.executable, "-c", "exit(3)"], folder / "out.txt", folder)
        >>> run_jobs([job], workers=1, on_end=lambda job, code: print(job.name, code))
        fails 3
    """
    waiting, told = list(jobs), set()
    running: dict[subprocess.Popen, Job] = {}
    forwarded, look, held = 0, 0.0, []
    with _noted() as received:
        try:
            while running or (waiting and not received):
                if time.monotonic() >= look:
                    look = time.monotonic() + _LOOK
                    held = [(job, reason) for job in waiting if (reason := _holder(job.folder))]
                    for job, reason in held:
                        if job.name not in told:
                            told.add(job.name)
                            on_wait(job, reason)
                busy = {job.name for job, _ in held}
                free = [job for job in waiting if job.name not in busy]
                for job in free[: max(workers - len(running) - len(busy), 0)]:
                    if received:
                        break
                    waiting.remove(job)
                    running[_begin(job, environment)] = job
                while forwarded < len(received):
                    for process in running:
                        process.send_signal(received[forwarded])
                    forwarded += 1
                for process in [process for process in running if process.poll() is not None]:
                    on_end(running.pop(process), process.returncode)
                time.sleep(_PAUSE)
        finally:
            # Left early, by an error: nothing is left behind.
            for process in running:
                process.terminate()
            for process in running:
                process.wait()
    return received[0] if received else None


def _begin(job: Job, environment: Mapping[str, str] | None) -> subprocess.Popen:
    job.output.parent.mkdir(parents=True, exist_ok=True)
    with job.output.open("ab") as output:
        return subprocess.Popen(
            job.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            # A terminal's Ctrl-C is for this process, which passes it on once.
            start_new_session=True,
        )


def _holder(folder: pathlib.Path) -> str | None:
    """Say which process has a folder, or return None."""
    if not folder.is_dir():
        return None
    try:
        # That there may be no locks at all, the process says that trains there.
        with (
            warnings.catch_warnings(action="ignore", category=files.NoLockWarning),
            files.locked(folder),
        ):
            return None
    except files.InUseError as error:
        return str(error).partition(". ")[0]


@contextlib.contextmanager
def _noted() -> Iterator[list[int]]:
    """Yield a list of the signals that have come since."""
    received: list[int] = []
    previous = {}
    # Python lets only the main thread listen.
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            previous[number] = signal.signal(number, lambda got, frame: received.append(got))
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
