"""What the command-line programs share: flags, errors as one line, exit codes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

import tensorflow as tf
from absl import app, flags, logging

from kfdiv.runs.config import Config
from kfdiv.runs.workdir import Workdir


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
    except (ImportError, OSError, TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


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
        return main(values)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def start(
    define_flags: Callable[[flags.FlagValues], None], main: Callable[[flags.FlagValues], int]
) -> None:
    """Parse the command line, run the program and exit.

    Args:
        define_flags: defines the program's flags, when called and not at import.
        main: takes the flags, returns an exit code.
    """
    define_flags(flags.FLAGS)
    # TensorFlow tells every detail of an export.
    logging.set_verbosity(logging.WARNING)
    tf.get_logger().setLevel("WARNING")
    app.run(lambda argv: run(main, flags.FLAGS, argv[1:]))
