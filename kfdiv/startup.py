"""What has to be done before TensorFlow is imported: its log lines are no part of our programs."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# From errors on: what fails is an exception of Python as well.
_QUIET = "3"
# A line of absl's log, and the one that comes before the first.
_LOG_LINE = re.compile(r"[IWEF]\d{4} \d\d:\d\d:|WARNING: All log messages before absl::")


def is_program(argv: Sequence[str], original: Sequence[str]) -> bool:
    """Say whether this process is one of our programs, while the package is being imported.

    Args:
        argv: `sys.argv`, whose first is "-m" while Python looks for the module that it is to run.
        original: `sys.orig_argv`, the whole command line.

    Example:
        >>> is_program(["-m", "--list"], ["python", "-m", "kfdiv.train", "--list"])
        True
        >>> is_program(["/usr/bin/kfdiv-train"], ["python", "/usr/bin/kfdiv-train"])
        True
        >>> is_program(["mine.py"], ["python", "mine.py"])
        False
    """
    if argv and argv[0] == "-m":
        return any(re.fullmatch(r"(-\w*m)?kfdiv\.\w+", word) for word in original)
    return bool(argv) and os.path.basename(argv[0]).startswith("kfdiv-")


@contextlib.contextmanager
def without_log_lines() -> Iterator[None]:
    """Import TensorFlow within, and its log lines are not seen, nor are later ones.

    Only in our own programs: what another one shows is not ours to say. There
    `TF_CPP_MIN_LOG_LEVEL` is set, unless the user has set it: 0 shows all. TensorFlow writes some
    lines before it reads that, so that the standard error of the import is held back; what in it is
    no log line is written after.
    """
    if not is_program(sys.argv, sys.orig_argv):
        yield
        return
    level = os.environ.setdefault(_LEVEL, _QUIET)
    if level == "0":
        yield
        return
    with held_back():
        yield


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    r"""Hold back what is written to standard error, by libraries in C++ too, but for log lines.

    Example:
        >>> with held_back():
        ...     _ = os.write(2, b"I0000 00:00:1.5 7 port.cc:153] custom operations are on.\n")
    """
    with tempfile.TemporaryFile() as file:
        try:
            kept = os.dup(2)
        except OSError:
            # There is no standard error.
            yield
            return
        sys.stderr.flush()
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            for line in file.read().splitlines(keepends=True):
                if not _LOG_LINE.match(line.decode(errors="replace")):
                    os.write(2, line)
