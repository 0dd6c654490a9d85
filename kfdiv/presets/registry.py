"""Presets by name."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

from kfdiv.arguments import check_options
from kfdiv.presets.preset import Preset
from kfdiv.registry import Registry

registry = Registry("preset")


def get(name: str, **settings: Any) -> Preset:
    """Return the preset called `name`, with some of its settings changed.

    Args:
        name: a registered name; `kfdiv.presets.registry.names()` lists them. Or, of a preset of
            one's own, `"module:Class"`, where Python finds the module.
        **settings: fields of the preset by name.

    Returns:
        A frozen dataclass.

    Raises:
        ImportError: if there is no such module.
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
    preset = _own(name) if ":" in name else registry.get(name)
    known = [field.name for field in dataclasses.fields(preset)]
    check_options(f"Preset {name!r}", settings, known, kind="setting")
    return preset(**settings)


def _own(name: str) -> type[Preset]:
    """Return the class that `module:Class` names."""
    module, _, cls = name.partition(":")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        # Another one is missing where the module imports it: that is said as it is.
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        stem = module.removesuffix(".py").replace("/", ".")
        hint = f" Did you mean '{stem}:{cls}'?" if stem != module else ""
        raise ModuleNotFoundError(
            f"There is no module {module!r}, of the preset {name!r}.{hint} Start Python "
            "in the folder that holds it, or name that folder in PYTHONPATH."
        ) from error
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Received the preset {name!r}; expected a registered name, or module:Class."
        ) from error
    preset = getattr(found, cls, None)
    if not (isinstance(preset, type) and issubclass(preset, Preset)):
        own = [key for key, value in vars(found).items() if _is_own(value, found.__name__)]
        raise ValueError(
            f"{found.__name__} has no preset {cls!r}, that is no subclass of kfdiv.presets.Preset "
            f"of that name. It has: {', '.join(own) or 'none'}."
        )
    return preset


def _is_own(value: object, module: str) -> bool:
    return isinstance(value, type) and issubclass(value, Preset) and value.__module__ == module
