"""A file of one's own: that it is there, and what tells it from a changed one."""

from __future__ import annotations

import hashlib
import os

import numpy as np

from kfdiv.data import validate

_BLOCK = 1 << 22


def existing(path: str | os.PathLike[str], what: str) -> str:
    """Return the absolute path of a file that exists.

    Args:
        path: of the file; `~` is the home folder.
        what: what it should be, for the errors.

    Raises:
        FileNotFoundError: if there is no such file.
        IsADirectoryError: if it is a folder.
    """
    found = os.path.abspath(os.path.expanduser(os.fspath(path)))
    if os.path.isdir(found):
        raise IsADirectoryError(f"{found} is a folder; path must be {what}.")
    if not os.path.exists(found):
        raise FileNotFoundError(f"There is no file {found}; path must be {what}.")
    return found


def digest(path: str) -> str:
    """Return a digest of a file's bytes."""
    state = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()[:16]


def classes(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Return labels as a model takes them, and what they mean.

    Args:
        values: of shape `(rows,)`: texts, integers, booleans or floats.

    Returns:
        The numbers of the sorted classes, int32, and the classes' names; of floats that are not
        all integers, the floats themselves and None.

    Example:
        >>> labels, names = classes(np.array(["cat", "ant", "cat"]))
        >>> labels.tolist(), names
        ([1, 0, 1], ('ant', 'cat'))
    """
    if values.dtype.kind in "US":
        numbers = _numbers(values)
        values = values if numbers is None else numbers
    if values.dtype.kind == "f":
        values = validate.labels(values, len(values))
        if (values != np.rint(values)).any():
            return values.astype(np.float32), None
        values = values.astype(np.int64)
    found, labels = np.unique(values, return_inverse=True)
    return labels.astype(np.int32), tuple(str(value) for value in found)


def _numbers(texts: np.ndarray) -> np.ndarray | None:
    try:
        return texts.astype(np.float64)
    except ValueError:
        return None
