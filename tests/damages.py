"""Ways in which files are damaged."""

from __future__ import annotations

import pathlib


def lose(path: pathlib.Path) -> None:
    path.unlink()


def empty(path: pathlib.Path) -> None:
    path.write_bytes(b"")


def truncate(path: pathlib.Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flip(path: pathlib.Path) -> None:
    """Flip one bit, in the midst of the file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(bytes(content))


DAMAGES = {action.__name__: action for action in (lose, empty, truncate, flip)}
