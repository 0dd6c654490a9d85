"""Sizes and checksums, by which a file is known to be the one that was written."""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from kfdiv.files.damage import DamageError

Digest = dict[str, Any]


def digests(folder: str | os.PathLike[str], names: Iterable[str]) -> dict[str, Digest]:
    """Return size and SHA-256 of files.

    Args:
        folder: of the files.
        names: their paths within it, with forward slashes.

    Returns:
        `size` in bytes and `sha256` by name.

    Example:
        >>> import tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.txt").write_bytes(b"")
        >>> digests(folder, ["a.txt"])["a.txt"]["sha256"][:8]
        'e3b0c442'
    """
    return {name: _digest(pathlib.Path(folder, name)) for name in names}


def check_digests(folder: str | os.PathLike[str], expected: Mapping[str, Digest]) -> None:
    """Raise if a file is not the one whose digest was taken.

    Args:
        folder: of the files.
        expected: what `digests` returned.

    Raises:
        DamageError: naming the first file that is another one, and in what way.

    Example:
        >>> check_digests("nowhere", {"a.txt": {"size": 0, "sha256": ""}})
        Traceback (most recent call last):
        ...
        kfdiv.files.damage.DamageError: a.txt is lost
    """
    for name, digest in expected.items():
        path = pathlib.Path(folder, name)
        if not path.is_file():
            raise DamageError(f"{name} is lost")
        size = path.stat().st_size
        if size != digest["size"]:
            words = "empty" if size == 0 else f"{size:,} bytes long instead of {digest['size']:,}"
            raise DamageError(f"{name} is {words}")
        if _digest(path)["sha256"] != digest["sha256"]:
            raise DamageError(f"{name} has another checksum than it was written with")


def _digest(path: pathlib.Path) -> Digest:
    with path.open("rb") as file:
        return {
            "size": path.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }
