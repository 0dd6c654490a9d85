"""What a paper prints of an experiment's settings, beside what a preset has in their place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Printed:
    """A setting as a paper prints it.

    Args:
        what: the preset's field of it; or words, where no field is.
        value: what the paper prints: a value of that field, or words. None where it is silent.
        why: why the preset differs; empty where it does not.
        here: what the preset has, in words, where no field says it.

    Example:
        >>> Printed("units", 400).why
        ''
    """

    what: str
    value: Any
    why: str = ""
    here: str = ""


@dataclasses.dataclass(frozen=True)
class Deviation:
    """A row of the table: what a paper prints, what the preset has, and why."""

    preset: str
    what: str
    paper: str
    here: str
    why: str


def deviations(name: str, preset: Any) -> list[Deviation]:
    """Return in which settings a preset is not what its paper prints.

    Args:
        name: the preset's.
        preset: of its default settings. Its class says what is printed.

    Raises:
        ValueError: if a setting differs and nobody says why, or does not and somebody does; or a
            word stands for a setting that is a field.
    """
    fields = {field.name for field in dataclasses.fields(preset)}
    found = []
    for one in preset.printed:
        is_field = one.what in fields
        here = getattr(preset, one.what) if is_field else one.here
        if is_field == bool(one.here):
            raise ValueError(
                f"{name}, {one.what!r}: `here` is for what no field says, and only for that."
            )
        if (here != one.value) != bool(one.why):
            raise ValueError(
                f"{name}, {one.what!r}: the paper has {one.value!r} and the preset {here!r}, "
                + ("but nothing says why." if here != one.value else f"but {one.why!r} is said.")
            )
        if one.why:
            words = "silent" if one.value is None else _words(one.value)
            found.append(Deviation(name, one.what, words, _words(here), one.why))
    return found


def as_printed(preset: Any) -> list[str]:
    """Return in which settings a preset is what its paper prints: fields, or words and a value."""
    fields = {field.name for field in dataclasses.fields(preset)}
    return [
        f"`{one.what}`" if one.what in fields else f"{one.what} ({one.here})"
        for one in preset.printed
        if not one.why
    ]


def table(presets: Iterable[tuple[str, Any]]) -> str:
    """Return all deviations as Markdown, a section a preset.

    Args:
        presets: names, and presets of default settings.
    """
    parts = []
    for name, preset in presets:
        if not preset.printed:
            continue
        lines = [f"### {name}", "", f"As printed: {', '.join(as_printed(preset)) or 'nothing'}."]
        rows = deviations(name, preset)
        if rows:
            lines += ["", "| setting | the paper | here | why |", "|---|---|---|---|"]
            fields = {field.name for field in dataclasses.fields(preset)}
            for row in rows:
                what = f"`{row.what}`" if row.what in fields else row.what
                lines.append(f"| {what} | {row.paper} | {row.here} | {row.why} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
