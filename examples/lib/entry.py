"""How an example begins: its flags all told, and what is wrong with them as one line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
from absl import flags

from kfdiv import files
from kfdiv.arguments import check_count
from kfdiv.runs import program

FLAGS = flags.FLAGS
# What a user can mend, wherever it is met. Other errors are defects, and shown with a traceback.
_TOLD = (ValueError, OSError, ImportError, files.InUseError)


def start(main: Callable[[list[str]], None], may_be_empty: Sequence[str] = ()) -> None:
    """Read the command line, run an example and exit: 0 when done, 2 when it cannot be.

    Errors of values and files are one line each; `--traceback` shows where they were raised.

    Args:
        main: the example; it takes nothing from its argument.
        may_be_empty: flags of lists that mean something when they are empty. Others are refused.
    """
    flags.DEFINE_bool("traceback", False, "Show where in the code an error was raised.")
    _tell_shared_flags()

    def checked(arguments: list[str]) -> None:
        _refuse_empty(may_be_empty)
        main(arguments)

    program.start(lambda values: None, lambda values: _run(checked, values.traceback))


def seeds() -> list[int]:
    """Return the flag `--seeds`, each of which is a repetition of its own.

    Raises:
        ValueError: if one is no seed, or is there twice: it would count as two repetitions.
    """
    found = integers("seeds")
    twice = [seed for index, seed in enumerate(found) if seed in found[:index]]
    if twice:
        raise ValueError(
            f"--seeds={','.join(FLAGS.seeds)} has {twice[0]} twice, which would count one "
            "repetition as two. Give each once."
        )
    return found


def integers(name: str, least: int = 0) -> list[int]:
    """Return a flag's list as integers; one that is not set is empty.

    Args:
        name: of the flag.
        least: that each may be.

    Raises:
        ValueError: naming the flag, if one is none, or too small.
    """
    found = []
    for word in FLAGS[name].value or ():
        try:
            found.append(int(word))
        except ValueError:
            given = ",".join(FLAGS[name].value)
            raise ValueError(
                f"--{name} must be integers, with commas between them, but got --{name}={given}."
            ) from None
        check_count(f"--{name}", found[-1], least=least)
    return found


def refuse_beside(flag: str, *names: str) -> None:
    """Raise a ValueError if flags were given that another one makes meaningless.

    Args:
        flag: the other one; nothing is refused where it is not set.
        names: of the flags that have no effect beside it. Zeros, which leave the choice to the
            example, may be given.
    """
    given = [
        f"--{name}"
        for name in names
        if FLAGS[name].present and set(np.atleast_1d(FLAGS[name].value)) - {0, "0"}
    ]
    if FLAGS[flag].value and given:
        raise ValueError(
            f"--{flag} has sizes of its own, beside which {', '.join(given)} would change nothing. "
            "Leave them out."
        )


def _refuse_empty(allowed: Sequence[str]) -> None:
    """Raise a ValueError if a list of which the example makes a loop was given without members."""
    for name in FLAGS:
        flag = FLAGS[name]
        if flag.value == [] and flag.default and name not in allowed:
            default = ",".join(map(str, flag.default))
            raise ValueError(f"--{name}= is empty. Leave it out for --{name}={default}.")


def _run(main: Callable[[list[str]], None], traceback: bool) -> int:
    try:
        main([])
    except _TOLD as error:
        if traceback:
            raise
        told = " ".join(str(error).split())
        raise program.UsageError(f"{told} (--traceback shows where this was raised.)") from error
    return 0


def _tell_shared_flags() -> None:
    """Let --help name the flags that the example has from what several of them share."""
    for module, shared in FLAGS.flags_by_module_dict().items():
        if module.startswith("examples."):
            for flag in shared:
                FLAGS.register_key_flag_for_module(sys.argv[0], flag)
