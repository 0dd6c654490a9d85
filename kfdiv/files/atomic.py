"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator

from kfdiv.files.flushing import flush, flush_tree
from kfdiv.files.partials import partial_name, remove


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Give a path to write to, and move what was written to `path` at the end.

    Whoever reads `path` meanwhile, or after a crash of the process or of the machine, finds the
    previous file: the new one is flushed to the disk before it takes the name, and its name after.
    Missing folders are made.

    Args:
        path: the file to make or to replace.

    Yields:
        A hidden path beside `path`, so that the move stays on one file system, with the same
        ending, by which libraries choose the format, and of this process alone.

    Example:
        >>> import tempfile
        >>> target = pathlib.Path(tempfile.mkdtemp()) / "notes" / "a.txt"
        >>> with replacing(target) as partial:
        ...     _ = partial.write_text("whole")
        ...     target.exists()
        False
        >>> target.read_text()
        'whole'
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(partial_name(path.name))
    try:
        yield partial
        flush(partial)
        os.replace(partial, path)
        flush(path.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Give a folder to write to, and move it to `path` at the end, as `replacing` does a file.

    A folder that is there already is moved aside first, and removed after: a crash in the moment
    between the two moves leaves none at `path`.

    Args:
        path: the folder to make or to replace.

    Yields:
        A hidden, empty folder beside `path`.

    Example:
        >>> import tempfile
        >>> target = pathlib.Path(tempfile.mkdtemp()) / "export"
        >>> with replacing_folder(target) as partial:
        ...     _ = (partial / "a.txt").write_text("whole")
        >>> [file.name for file in target.iterdir()]
        ['a.txt']
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(partial_name(path.name))
    previous = path.with_name(partial_name(path.name))
    partial.mkdir()
    try:
        yield partial
        flush_tree(partial)
        if path.exists():
            os.replace(path, previous)
        os.replace(partial, path)
        flush(path.parent)
    finally:
        remove(partial)
        remove(previous)
