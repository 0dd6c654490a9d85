"""One process in a folder at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import socket
import warnings
from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows.
    fcntl = None

NAME = ".lock"
# What file systems answer that have no locks: some network file systems.
_WITHOUT = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


class InUseError(RuntimeError):
    """Another process works in the folder; the message says which.

    Example:
        >>> issubclass(InUseError, RuntimeError)
        True
    """


class NoLockWarning(UserWarning):
    """Nothing keeps other processes out of a folder; the message says why.

    Example:
        >>> issubclass(NoLockWarning, UserWarning)
        True
    """


@contextlib.contextmanager
def locked(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other processes out of a folder, if they ask by this function, too.

    The lock is the operating system's (`flock` on the file `.lock`), so that it ends with the
    process, however that ends. The file stays. On Windows, and on file systems without
    locks, a warning says that nobody is kept out.

    Args:
        folder: made if missing.

    Raises:
        InUseError: if another process, or another caller in this one, has the folder.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> with locked(folder), locked(folder):
        ...     pass
        Traceback (most recent call last):
        ...
        kfdiv.files.lock.InUseError: ... is in use by process ...
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # No child process inherits it.
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _take(handle, folder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: pathlib.Path) -> None:
    if fcntl is None:
        _warn(folder, "this platform has no fcntl")
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
        raise InUseError(
            f"{folder} is in use by {holder or 'another process'}. Wait until that has ended, or "
            "choose another folder."
        ) from None
    except OSError as error:
        if error.errno not in _WITHOUT:
            raise
        _warn(folder, f"its file system has no locks ({error.strerror})")
        return
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)


def _warn(folder: pathlib.Path, reason: str) -> None:
    warnings.warn(
        f"{folder} is not kept from other processes: {reason}. See that no second one works there.",
        NoLockWarning,
        stacklevel=4,
    )
