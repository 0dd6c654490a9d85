"""The runs of a sweep: every combination of some values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from typing import NamedTuple

_FORM = "NAME=VALUE,VALUE;NAME=VALUE,VALUE, for example divergence=kl,rkl;seed=0,1"
_SETTING = "set."


class PlannedRun(NamedTuple):
    """One of the runs.

    Attributes:
        name: of its folder, of characters that no shell minds.
        arguments: what it has on its command line besides what all have.
    """

    name: str
    arguments: tuple[str, ...]


def plan(text: str, flags: Collection[str]) -> list[PlannedRun]:
    """Return every combination of the values of a sweep, the last name's values changing first.

    Args:
        text: names and values, `divergence=kl,rkl;seed=0,1`. A name is a flag's or a setting's of
            the preset; `set.NAME` is a setting in any case. Commas within brackets part nothing.
        flags: names that are flags; others are settings.

    Raises:
        ValueError: if a text is of another form, or a name or a value is there twice.

    Example:
        >>> runs = plan("divergence=kl,alpha(0.5);units=8,16", ["divergence"])
        >>> [run.name for run in runs][:3]
        ['divergence-kl_units-8', 'divergence-kl_units-16', 'divergence-alpha-0.5_units-8']
        >>> runs[0].arguments
        ('--divergence=kl', '--set=units=8')
    """
    axes: dict[str, list[tuple[str, str]]] = {}
    for part in _split(text, ";"):
        name, equals, listed = part.partition("=")
        name = name.strip()
        setting = name.removeprefix(_SETTING)
        values = [value.strip() for value in _split(listed, ",")]
        if not equals or not setting.isidentifier() or not all(values):
            raise ValueError(f"--sweep must be {_FORM}, but got {part.strip()!r}.")
        if setting in axes:
            raise ValueError(f"--sweep has {setting} twice; give all of its values at once.")
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise ValueError(f"--sweep has {setting}={twice} twice.")
        is_flag = name in flags
        axes[setting] = [
            (
                _word(f"{setting}-{value}"),
                f"--{name}={value}" if is_flag else f"--set={setting}={value}",
            )
            for value in values
        ]
    found: dict[str, PlannedRun] = {}
    for combination in itertools.product(*axes.values()):
        words, arguments = zip(*combination, strict=True)
        run = PlannedRun("_".join(words), arguments)
        if run.name in found:
            other = found[run.name]
            raise ValueError(
                f"--sweep has two runs whose folder would be {run.name}: "
                f"{' '.join(other.arguments)} and {' '.join(arguments)}. Train one by itself."
            )
        found[run.name] = run
    return list(found.values())


def _split(text: str, separator: str) -> list[str]:
    """Split a text where it is in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+]+", "-", text.replace("_", "-")).strip("-")
