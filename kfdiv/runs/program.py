"""What the command-line programs share: flags, errors as one line, exit codes."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import tensorflow as tf
from absl import app, flags, logging

from kfdiv import callbacks, files, presets, strategies
from kfdiv.models.checks import UnsynchronizedWarning
from kfdiv.runs.config import Config
from kfdiv.runs.workdir import Workdir

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES)
# Told every time, and not only the first one.
_ALWAYS = (
    files.DamagedFileWarning,
    files.NoLockWarning,
    callbacks.OtherReplicasWarning,
    UnsynchronizedWarning,
)


class UsageError(Exception):
    """The command cannot be carried out as it was given; the message says why."""


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Turn errors about names, values, files and missing packages into `UsageError`.

    Only for code that looks at what the user gave: elsewhere such an error is a defect, and its
    traceback is wanted.

    Example:
        >>> with usage_errors():
        ...     raise ValueError("Unknown preset 'digit'.")
        Traceback (most recent call last):
        ...
        kfdiv.runs.program.UsageError: Unknown preset 'digit'.
    """
    try:
        yield
    except (ImportError, OSError, TypeError, ValueError, files.InUseError) as error:
        raise UsageError(str(error)) from error


def disk_error(error: BaseException) -> str | None:
    """Return the line of an error that says that a disk could not be written to, or None.

    Such errors are `OSError`s of Python, but other ones of HDF5 and of TensorFlow.

    Args:
        error: of any kind.

    Example:
        >>> disk_error(RuntimeError("write failed: No space left on device"))
        'write failed: No space left on device'
        >>> disk_error(RuntimeError("shapes differ"))
    """
    text = str(error)
    known = isinstance(error, OSError) and error.errno is not None
    if known or any(os.strerror(number) in text for number in _DISK_ERRORS):
        return " ".join(text.split())
    return None


@contextlib.contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print what the user is warned of as a line each, of files every time.

    Example:
        >>> with warnings_as_lines():
        ...     warnings.warn("log.csv is lost: put back.", files.DamagedFileWarning)
    """
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: Any) -> None:
            # Where in the code it was raised says nothing to who has typed a command.
            if issubclass(category, UserWarning):
                print(f"warning: {message}", file=sys.stderr, flush=True)
            else:
                shown(message, category, *rest)

        warnings.showwarning = show
        for category in _ALWAYS:
            warnings.simplefilter("always", category)
        yield


def open_run(workdir: str | None) -> tuple[Workdir, Config]:
    """Return the folder that `--workdir` names, and what its run is.

    Raises:
        FileNotFoundError: if there is no folder, no run in it, or no checkpoint yet.
        ValueError: if the flag is missing.
    """
    if not workdir:
        raise ValueError("--workdir=DIR is missing: the folder of a run. See --help.")
    opened = Workdir(workdir)
    return opened, opened.open_run()


def parse(values: flags.FlagValues, arguments: list[str]) -> list[str]:
    """Read the command line into `values`; return what was on it besides flags.

    Args:
        values: the defined flags.
        arguments: the program's name and what follows.

    Raises:
        UsageError: on an unknown flag, or a value that one cannot have.

    Example:
        >>> values = flags.FlagValues()
        >>> flags.DEFINE_integer("num", 64, "How many samples.", flag_values=values) is not None
        True
        >>> parse(values, ["sample", "--number=3"])
        Traceback (most recent call last):
        ...
        kfdiv.runs.program.UsageError: Unknown command line flag 'number'. See --help.
    """
    try:
        return values(arguments)
    except flags.Error as error:
        text = " ".join(str(error).split()).rstrip(".")
        text = re.sub(r"invalid literal for int\(\).*", "expected an integer", text)
        if isinstance(error, flags.UnrecognizedFlagError) and "set" in values:
            text += _setting(error.flagname)
        raise UsageError(f"{text}{'' if text.endswith('?') else '.'} See --help.") from error


def _setting(name: str) -> str:
    """Return how a preset's setting is given, where it was taken for a flag."""
    classes = (presets.registry.get(preset) for preset in presets.registry.names())
    if any(name == field.name for known in classes for field in dataclasses.fields(known)):
        return f". It is a setting of presets: --set={name}=VALUE"
    return ""


def refuse(error: UsageError) -> int:
    """Print why a command cannot be carried out, one line; return the exit code, 2."""
    print(f"error: {error}", file=sys.stderr)
    return 2


def run(main: Callable[[flags.FlagValues], int], values: flags.FlagValues, rest: list[str]) -> int:
    """Run a program's `main` on its parsed flags.

    Args:
        main: takes the flags, returns an exit code.
        values: the parsed flags.
        rest: what was on the command line besides flags; programs take nothing.

    Returns:
        The exit code: 2 where the command cannot be carried out as given.
    """
    try:
        if rest:
            raise UsageError(f"Unexpected argument {rest[0]!r}: everything is given by --flags.")
        with warnings_as_lines():
            return main(values)
    except UsageError as error:
        return refuse(error)


def _parse_or_exit(arguments: list[str]) -> list[str]:
    # absl's own parser exits with 1, which says here that training broke off.
    try:
        return parse(flags.FLAGS, arguments)
    except UsageError as error:
        sys.exit(refuse(error))
    except SystemExit:
        sys.exit(0)  # Help was asked for and given, which absl ends with 1, too.


def start(
    define_flags: Callable[[flags.FlagValues], None], main: Callable[[flags.FlagValues], int]
) -> None:
    """Parse the command line, run the program and exit.

    Where another worker of a strategy of several has ended, a line says so, and the exit code is 1.

    Args:
        define_flags: defines the program's flags, when called and not at import.
        main: takes the flags, returns an exit code.
    """
    define_flags(flags.FLAGS)
    # TensorFlow tells every detail of an export.
    logging.set_verbosity(logging.WARNING)
    tf.get_logger().setLevel("WARNING")

    def begin(argv: list[str]) -> int:
        try:
            return run(main, flags.FLAGS, argv[1:])
        except strategies.LostWorkerError as error:
            print(f"error: {error}", file=sys.stderr)
            return _leave_at_once(1)

    app.run(begin, flags_parser=_parse_or_exit)


def _leave_at_once(code: int) -> NoReturn:
    """Exit without TensorFlow's clearing up, which takes seconds, for peers that are gone.

    What is written to files is whole at any time, and locks end with the process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
