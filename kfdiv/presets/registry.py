"""Presets by name."""

from __future__ import annotations

import dataclasses
import difflib
from typing import Any

from kfdiv.presets.preset import Preset
from kfdiv.registry import Registry

registry = Registry("preset")


def get(name: str, **settings: Any) -> Preset:
    """Return the preset called `name`, with some of its settings changed.

    Args:
        name: a registered name; `kfdiv.presets.registry.names()` lists them.
        **settings: fields of the preset by name.

    Returns:
        A frozen dataclass.

    Raises:
        ValueError: if the name is unknown, or a value not possible.
        TypeError: if there is no such setting, or its value has another type.

    Example:
        >>> import kfdiv
        >>> preset = kfdiv.presets.get("zhang/ring", epochs=10)
        >>> preset.steps_per_epoch, preset.warmup_epochs
        (100, 5)
        >>> kfdiv.presets.get("zhang/rong")
        Traceback (most recent call last):
        ...
        ValueError: Unknown preset 'zhang/rong'. Did you mean 'zhang/ring'? Choose from: ...
    """
    preset = registry.get(name)
    known = [field.name for field in dataclasses.fields(preset)]
    for setting in settings:
        if setting not in known:
            near = difflib.get_close_matches(setting, known, 1)
            raise TypeError(
                f"Preset {name!r} has no setting {setting!r}."
                + (f" Did you mean {near[0]!r}?" if near else "")
                + f" Choose from: {', '.join(known)}."
            )
    return preset(**settings)
