"""A file among the data that cannot be read: named, also where TensorFlow met it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence

import tensorflow as tf

_SHOWN = 3


class DamagedFileError(ValueError):
    """A file of the data cannot be read; the message names it, and says what to do."""


# What tf.data makes of it begins with its class, and goes on with a traceback.
_FOUND = re.compile(rf"{DamagedFileError.__name__}: (.+)")


def explained(error: tf.errors.OpError) -> Exception:
    """Return the error that a file caused while tf.data read it, or another one as it is.

    Args:
        error: what iterating over a data set raised.

    Example:
        >>> error = tf.errors.InvalidArgumentError(None, None, "DamagedFileError: a.png is empty.")
        >>> explained(error)
        DamagedFileError('a.png is empty.')
    """
    found = _FOUND.search(error.message)
    return error if found is None else DamagedFileError(found[1])


@contextlib.contextmanager
def named() -> Iterator[None]:
    """Let what tf.data raises because of a damaged file be the error that names it.

    Example:
        >>> error = tf.errors.InvalidArgumentError(None, None, "DamagedFileError: a.png is empty.")
        >>> with named():
        ...     raise error
        Traceback (most recent call last):
        ...
        kfdiv.data.damaged.DamagedFileError: a.png is empty.
    """
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        found = explained(error)
        if found is error:
            raise
        raise found from None


def some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are.

    Example:
        >>> some(["a.gif", "b.gif", "c.gif", "d.gif", "e.gif"])
        'a.gif, b.gif, c.gif and 2 more'
    """
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
