"""Whether something can be written to a place, known before the work that is to be written."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile


def check_path(path: str | os.PathLike[str], what: str = "path") -> pathlib.Path:
    r"""Return a path, if it is one.

    Args:
        path: as a user gave it.
        what: its name in the message.

    Raises:
        ValueError: if it holds a NUL, which no file system takes.

    Example:
        >>> check_path("a\0b", "--workdir")
        Traceback (most recent call last):
        ...
        ValueError: --workdir='a\x00b' holds a NUL character, which no file's name can.
    """
    if "\0" in os.fspath(path):
        raise ValueError(
            f"{what}={os.fspath(path)!r} holds a NUL character, which no file's name can."
        )
    return pathlib.Path(path)


def check_writable(path: str | os.PathLike[str], what: str = "path") -> pathlib.Path:
    """Return the path of a file, if one can be written there.

    A file is made beside it and removed again, for that alone tells of read-only file systems,
    quotas and permissions. Of folders that do not exist yet, the first that does is tried.

    Args:
        path: of a file to make or to replace.
        what: its name in the message, a flag's or words.

    Raises:
        ValueError: if the path holds a NUL.
        IsADirectoryError: if it is a folder.
        OSError: if nothing can be written there.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> check_writable(folder, "--output")
        Traceback (most recent call last):
        ...
        IsADirectoryError: --output=... is a folder; name a file.
    """
    path = check_path(path, what)
    named = _named(path, what)
    try:
        if path.is_dir():
            raise IsADirectoryError(f"{named} is a folder; name a file.")
        _try_to_write(path.parent, named)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(f"{named} cannot be written: {error.strerror}.") from error
    return path


def check_folder_writable(path: str | os.PathLike[str], what: str = "path") -> pathlib.Path:
    """Return the path of a folder, if files can be written to it, as `check_writable` does a file.

    Args:
        path: of a folder, which need not exist yet.
        what: its name in the message, a flag's or words.

    Raises:
        ValueError: if the path holds a NUL.
        NotADirectoryError: if it is a file, or below one.
        OSError: if nothing can be written there.

    Example:
        >>> import tempfile
        >>> check_folder_writable(tempfile.mkdtemp()).is_dir()
        True
    """
    path = check_path(path, what)
    named = _named(path, what)
    instead = f"choose another {what if what.startswith('--') else 'folder'}"
    try:
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(f"{named} is a file; {instead}.")
        _try_to_write(path, named)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(f"{named} cannot be written to: {error.strerror}; {instead}.") from error
    return path


def _named(path: pathlib.Path, what: str) -> str:
    return f"{what}={path}" if what.startswith("--") else f"{what} {path}"


def _try_to_write(folder: pathlib.Path, named: str) -> None:
    """Make a file in a folder, or in the first above it that exists, and remove it again."""
    folder = _existing(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{named} cannot be written: {folder} is a file.")
    with tempfile.TemporaryFile(dir=folder):
        pass


def check_space(folder: str | os.PathLike[str], needed: int, what: str) -> None:
    """Raise if the disk of a folder has not enough room.

    Args:
        folder: it need not exist yet.
        needed: bytes.
        what: takes them, for the message.

    Raises:
        OSError: saying how much there is and how much is needed.

    Example:
        >>> check_space(".", 10**18, "two checkpoints")
        Traceback (most recent call last):
        ...
        OSError: .: two checkpoints take 1,000,000,000.0 GB, but the disk has ...
    """
    free = shutil.disk_usage(_existing(pathlib.Path(folder))).free
    if free < needed:
        raise OSError(
            f"{folder}: {what} take {needed / 1e9:,.1f} GB, but the disk has {free / 1e9:,.1f} GB "
            "free. Free some, or choose another folder."
        )


def _existing(folder: pathlib.Path) -> pathlib.Path:
    """Return the folder, or the first above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
