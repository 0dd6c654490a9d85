"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Give a path to write to, and move what was written to `path` at the end.

    Whoever reads `path` meanwhile, or after a crash, finds the previous file. Missing folders are
    made.

    Args:
        path: the file to make or to replace.

    Yields:
        A hidden path beside `path`, so that the move stays on one file system, with the same
        suffix, by which libraries choose the format.

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
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: str | os.PathLike[str], record: Any) -> None:
    """Write `record` as indented JSON.

    Args:
        path: the file to make or to replace.
        record: anything that `json` writes.

    Raises:
        ValueError: if the record holds a NaN or an infinity, which JSON does not have.

    Example:
        >>> import tempfile
        >>> target = pathlib.Path(tempfile.mkdtemp()) / "record.json"
        >>> write_json(target, {"bound": 1.5})
        >>> json.loads(target.read_text())
        {'bound': 1.5}
    """
    text = json.dumps(record, indent=1, allow_nan=False)
    with replacing(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
