"""Settings as they are written on a command line."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

_NUMBERS = ("nan", "inf", "-inf")


def parse(assignments: Iterable[str]) -> dict[str, Any]:
    """Read `name=value` pairs; values are Python literals, and words are strings.

    Args:
        assignments: texts such as `"width=0.4"`.

    Returns:
        Values by name.

    Raises:
        ValueError: if a text is not of that form, or a name is there twice.

    Example:
        >>> parse(["width=0.4", "units=128", "annealing_epochs=None"])
        {'width': 0.4, 'units': 128, 'annealing_epochs': None}
    """
    settings = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ValueError(f"Expected NAME=VALUE, for example units=128, but got {text!r}.")
        name = name.strip()
        if name in settings:
            raise ValueError(f"--set={name} is there twice, last as {text!r}. Give it once.")
        try:
            settings[name] = ast.literal_eval(value.strip())
        except (SyntaxError, ValueError):
            word = value.strip()
            # To Python these are names, and no setting is called so.
            settings[name] = float(word) if word.lower() in _NUMBERS else word
    return settings
