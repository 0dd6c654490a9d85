"""How damaged files are told of."""

from __future__ import annotations


class DamageError(ValueError):
    """A file is not what was written; the message says which, and how it can be seen.

    Example:
        >>> raise DamageError("run/log.csv is empty")
        Traceback (most recent call last):
        ...
        kfdiv.files.damage.DamageError: run/log.csv is empty
    """


class DamagedFileWarning(UserWarning):
    """A file was lost or damaged, and something was done about it; the message says both.

    The programs print its message as one line.

    Example:
        >>> issubclass(DamagedFileWarning, UserWarning)
        True
    """
