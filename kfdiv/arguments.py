"""Checks of numbers, flags and choices: what every public argument of these kinds goes through.

A value of the wrong kind is an `ArgumentTypeError`, one out of bounds or no choice a `ValueError`;
the message says what is expected and what came. True is no number, and NaN is within no bounds.
"""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable
from typing import Any


class ArgumentTypeError(TypeError, ValueError):
    """An argument is of the wrong kind: a `TypeError`, and to who looks for it a `ValueError`."""


def is_number(value: Any) -> bool:
    """Say whether `value` is a real number, where other kinds of values are possible, too.

    Example:
        >>> [is_number(value) for value in (0.5, True, "0.5")]
        [True, False, False]
    """
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def check_count(
    name: str,
    value: Any,
    least: float = 1,
    expected: str | None = None,
    most: float = math.inf,
) -> int:
    """Return `value` as an integer of at least `least`, and at most `most`.

    Args:
        name: what the argument is called.
        value: a number, NumPy's included; 3.0 counts as 3.
        least: the smallest value allowed; `-math.inf` allows all.
        expected: what the message says is expected, by default "an integer of at least `least`".
        most: the largest value allowed.

    Raises:
        ArgumentTypeError: if it is no number.
        ValueError: if it is no integer, or below `least`, or above `most`.

    Example:
        >>> check_count("epochs", 3.0)
        3
        >>> check_count("epochs", 0)
        Traceback (most recent call last):
        ...
        ValueError: epochs must be an integer of at least 1, but got 0.
    """
    bound = "" if most == math.inf else f" and at most {most:,}"
    expected = expected or f"an integer of at least {least}{bound}"
    _refuse_unless_number(name, value, expected)
    # NaN and infinity leave a remainder that is not zero, too.
    if value % 1 != 0 or value < least or value > most:
        raise ValueError(_message(name, expected, value))
    return int(value)


def check_number(
    name: str,
    value: Any,
    *,
    above: float = -math.inf,
    below: float = math.inf,
    least: float = -math.inf,
    most: float = math.inf,
    expected: str | None = None,
) -> float:
    """Return `value` as a float with `above < value < below` and `least <= value <= most`.

    Args:
        name: what the argument is called.
        value: a real number, NumPy's included.
        above: it must be larger; by default, finite.
        below: it must be smaller; by default, finite.
        least: it may be equal.
        most: it may be equal.
        expected: what the message says is expected, by default "a finite number" with the bounds.

    Raises:
        ArgumentTypeError: if it is no real number.
        ValueError: if it is NaN, infinite, or out of bounds.

    Example:
        >>> check_number("margin", 2, above=0)
        2.0
        >>> check_number("margin", float("nan"), above=0)
        Traceback (most recent call last):
        ...
        ValueError: margin must be a finite number > 0, but got nan.
    """
    bounds = {">": above, ">=": least, "<": below, "<=": most}
    given = [f"{sign} {bound:g}" for sign, bound in bounds.items() if math.isfinite(bound)]
    expected = expected or f"a finite number {' and '.join(given)}".rstrip()
    _refuse_unless_number(name, value, expected)
    if not (above < value < below and least <= value <= most):
        raise ValueError(_message(name, expected, value))
    return float(value)


def check_share(name: str, value: Any) -> float:
    """Return `value` as a float in [0, 1], or raise as `check_number`.

    Example:
        >>> check_share("clip", 0.5)
        0.5
    """
    return check_number(name, value, least=0.0, most=1.0, expected="a number in [0, 1]")


def check_flag(name: str, value: Any) -> bool:
    """Return `value`, which must be True or False.

    Raises:
        ArgumentTypeError: if it is neither; 0, 1 and None are not.

    Example:
        >>> check_flag("shuffle", 1)
        Traceback (most recent call last):
        ...
        kfdiv.arguments.ArgumentTypeError: shuffle must be True or False, but got 1.
    """
    if not isinstance(value, bool):
        raise ArgumentTypeError(_message(name, "True or False", value))
    return value


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> Any:
    """Return `value`, which must be one of `choices`.

    Args:
        name: what the argument is called.
        value: what was given.
        choices: compared with their types: 1 is not True.

    Raises:
        ValueError: if it is none of them; lists them, and the nearest.

    Example:
        >>> check_choice("density", "maff", ("maf", "real_nvp"))
        Traceback (most recent call last):
        ...
        ValueError: density must be one of maf, real_nvp, but got 'maff'. Did you mean 'maf'?
    """
    choices = list(choices)
    if any(type(value) is type(choice) and value == choice for choice in choices):
        return value
    expected = f"one of {', '.join(map(str, choices))}"
    raise ValueError(_message(name, expected, value) + did_you_mean(value, choices))


def check_range(name: str, value: Any) -> tuple[float, float]:
    """Return `value` as two floats `(low, high)` with `low < high`.

    Raises:
        ArgumentTypeError: if it is no sequence of two numbers.
        ValueError: if one is not finite, or the range is empty.

    Example:
        >>> check_range("value_range", (-1, 1))
        (-1.0, 1.0)
    """
    expected = "(low, high) with low < high"
    try:
        low, high = value
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(_message(name, expected, value)) from error
    low, high = (check_number(f"{name}[{k}]", end) for k, end in enumerate((low, high)))
    if not low < high:
        raise ValueError(_message(name, expected, value))
    return low, high


def check_callable(name: str, value: Any, expected: str) -> Any:
    """Return `value`, which must be a function, or be called like one.

    Args:
        name: what the argument is called.
        value: what was given.
        expected: what the function is, after "a function".

    Raises:
        ArgumentTypeError: if it cannot be called, or is a class.

    Example:
        >>> check_callable("features", "inception", "from images to vectors")
        Traceback (most recent call last):
        ...
        kfdiv.arguments.ArgumentTypeError: features must be a function from images to vectors, but
        got 'inception'.
    """
    if not callable(value) or isinstance(value, type):
        raise ArgumentTypeError(_message(name, f"a function {expected}", value))
    return value


def check_options(
    owner: str, given: Iterable[str], known: Iterable[str], kind: str = "argument"
) -> None:
    """Refuse keyword arguments that `owner` does not have.

    Args:
        owner: whose arguments they are.
        given: their names.
        known: the names that it has.
        kind: what the message calls them.

    Raises:
        TypeError: if one is unknown; lists the known ones.

    Example:
        >>> check_options("fit(...)", ["epoch"], ["x", "epochs"])
        Traceback (most recent call last):
        ...
        TypeError: fit(...) has no argument 'epoch'. Did you mean 'epochs'? Choose from: x, epochs.
    """
    known = list(known)
    for option in given:
        if option not in known:
            raise TypeError(
                f"{owner} has no {kind} {option!r}.{did_you_mean(option, known)} "
                f"Choose from: {', '.join(known)}."
            )


def check_left_out(name: str, value: Any, reason: str) -> None:
    """Refuse an argument of which no use would be made.

    Args:
        name: what the argument is called.
        value: what was given; None is nothing.
        reason: why no use is made of it, and of what it is: a sentence without its full stop.

    Raises:
        ValueError: if it is not None.

    Example:
        >>> check_left_out("scale", 0.5, "a Bernoulli has no scale")
        Traceback (most recent call last):
        ...
        ValueError: scale=0.5 makes no difference: a Bernoulli has no scale. Leave it out.
    """
    if value is not None:
        raise ValueError(f"{name}={value!r} makes no difference: {reason}. Leave it out.")


def _refuse_unless_number(name: str, value: Any, expected: str) -> None:
    if not is_number(value):
        raise ArgumentTypeError(_message(name, expected, value))


def _message(name: str, expected: str, value: Any) -> str:
    return f"{name} must be {expected}, but got {value!r}."


def did_you_mean(value: Any, choices: list[Any]) -> str:
    """Return " Did you mean ...?" of the choice that is most like `value`, or nothing.

    Example:
        >>> did_you_mean("epoch", ["x", "epochs"])
        " Did you mean 'epochs'?"
    """
    words = [choice for choice in choices if isinstance(choice, str)]
    near = difflib.get_close_matches(str(value), words, 1)
    return f" Did you mean {near[0]!r}?" if near else ""
