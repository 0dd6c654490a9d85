"""Presets by name."""

from __future__ import annotations

import dataclasses
from typing import Any

from kfdiv.arguments import check_options
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
    check_options(f"Preset {name!r}", settings, known, kind="setting")
    return preset(**settings)
