"""Arguments of `compile` and of measures that can be known to be wrong."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any


def check_execution(run_eagerly: bool, jit_compile: bool | str, steps_per_execution: int) -> None:
    """Check the arguments of `compile` that say how a step is executed."""
    check_flag("run_eagerly", run_eagerly)
    if jit_compile not in (True, False, "auto"):
        raise ValueError(f"jit_compile must be True, False or 'auto', but got {jit_compile!r}.")
    if run_eagerly and jit_compile is True:
        raise ValueError("run_eagerly=True and jit_compile=True exclude each other; drop one.")
    check_count("steps_per_execution", steps_per_execution)


def check_count(name: str, value: Any, least: int = 1) -> int:
    """Return `value` as an integer, or raise if it is not one of at least `least`."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or value % 1 or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, but got {value!r}.")
    return int(value)


def check_share(name: str, value: Any) -> float:
    """Return `value` as a float, or raise if it is not a number in [0, 1]."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise ValueError(f"{name} must be a number in [0, 1], but got {value!r}.")
    return float(value)


def check_flag(name: str, value: Any) -> bool:
    """Return `value`, or raise if it is neither True nor False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, but got {value!r}.")
    return value


def check_options(owner: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise if one of the keyword arguments that `owner` was given is none that it knows."""
    known = list(known)
    for option in given:
        if option not in known:
            raise TypeError(f"{owner} has no argument {option!r}. Choose from: {', '.join(known)}.")
