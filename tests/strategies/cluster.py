"""Worker processes on this machine, as a cluster starts them."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence

ROOT = pathlib.Path(__file__).parents[2]


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def workers(
    program: str, arguments: Sequence[Sequence[str]], folder: pathlib.Path
) -> Iterator[list[subprocess.Popen]]:
    """Start a worker for each list of arguments, the chief first; none is left at the end.

    What worker N prints is in `worker-N.txt` and `worker-N.err` of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    addresses = [f"127.0.0.1:{port}" for port in free_ports(len(arguments))]
    processes = []
    with contextlib.ExitStack() as stack:
        for index, own in enumerate(arguments):
            task = {"type": "worker", "index": index}
            config = json.dumps({"cluster": {"worker": addresses}, "task": task})
            # What of TensorFlow's log is shown is the program's choice, not that of the tests.
            own_choice = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
            environment = {**own_choice, "PYTHONPATH": str(ROOT), "TF_CONFIG": config}
            output, errors = (
                stack.enter_context((folder / f"worker-{index}.{kind}").open("w"))
                for kind in ("txt", "err")
            )
            command = [sys.executable, "-c", program, *own]
            options = {"stdout": output, "stderr": errors, "env": environment}
            processes.append(subprocess.Popen(command, **options))
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait()
