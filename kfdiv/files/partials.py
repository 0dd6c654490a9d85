"""Names of what is still being written, by which process; and what dead ones left behind."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import socket
import time
import uuid

_PREFIX = ".partial"
_NAME = re.compile(r"\.partial-(?P<pid>\d+)-(?P<host>[^.]*)-[0-9a-f]{8}\.")
# Of a process on another machine nobody here can say whether it lives.
_DAY = 86_400.0


def partial_name(name: str) -> str:
    """Return a hidden name that ends in `name` and that no other process or thread makes.

    Args:
        name: of the file to come; by its end libraries choose the format.

    Example:
        >>> partial_name("model.weights.h5").endswith(".model.weights.h5")
        True
    """
    return f"{_PREFIX}-{os.getpid()}-{_host()}-{uuid.uuid4().hex[:8]}.{name}"


def sweep(folder: str | os.PathLike[str]) -> list[pathlib.Path]:
    """Remove what dead processes were writing in a folder when they died.

    For a folder that this process has locked. What a process on another machine began less than a
    day ago stays.

    Args:
        folder: looked at without its subfolders; it need not exist.

    Returns:
        What was removed.

    Example:
        >>> import tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> (folder / partial_name("log.csv")).touch()
        >>> len(sweep(folder))
        1
    """
    stale = [path for path in pathlib.Path(folder).glob(f"{_PREFIX}-*") if _is_stale(path)]
    for path in stale:
        remove(path)
    return stale


def remove(path: pathlib.Path) -> None:
    """Remove a file or a folder with all that is in it, if it is there.

    Args:
        path: of either.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9]", "", socket.gethostname())[:32]


def _is_stale(path: pathlib.Path) -> bool:
    match = _NAME.match(path.name)
    if match is None:
        # Earlier versions wrote `.partial-STEP`.
        return path.name.removeprefix(f"{_PREFIX}-").isdigit()
    if match["host"] != _host():
        return time.time() - path.stat().st_mtime > _DAY
    # In a container a process often has the number of the one before it: this one is writing
    # nothing in a folder that it has just locked.
    return int(match["pid"]) == os.getpid() or not _lives(int(match["pid"]))


def _lives(pid: int) -> bool:
    try:
        # On Windows this would end the process.
        return os.name == "nt" or os.kill(pid, 0) is None
    except ProcessLookupError:
        return False
    except OSError:
        return True
