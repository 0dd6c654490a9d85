"""What the disk has, and not the operating system's memory alone."""

from __future__ import annotations

import errno
import os
import pathlib

# What file systems answer that cannot flush a folder.
_CANNOT = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF}


def flush(path: str | os.PathLike[str]) -> None:
    """Have the disk write a file, or the names in a folder, before this returns.

    Args:
        path: a file or a folder. Where a folder cannot be flushed (Windows, some network file
            systems), its names are in the file system's own hands.

    Example:
        >>> import tempfile
        >>> flush(tempfile.mkdtemp())
    """
    folder = os.path.isdir(path)
    if folder and os.name == "nt":
        return
    # Windows flushes only what is open for writing.
    handle = os.open(path, os.O_RDONLY if folder or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if not folder or error.errno not in _CANNOT:
            raise
    finally:
        os.close(handle)


def flush_tree(folder: pathlib.Path) -> None:
    """Flush a folder with all that is in it.

    Args:
        folder: the folder.
    """
    for path in sorted(folder.rglob("*"), reverse=True):
        flush(path)
    flush(folder)


def forget(path: str | os.PathLike[str]) -> None:
    """Let the operating system drop a flushed file from memory, so that the disk is read next.

    Args:
        path: the file. Where there is no such call, nothing happens.
    """
    if not hasattr(os, "posix_fadvise"):
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
