"""The command line that a run is the answer to."""

from __future__ import annotations

import dataclasses
import os
import shlex
from collections.abc import Mapping
from typing import Any

from kfdiv import presets
from kfdiv.runs import assignments
from kfdiv.runs.config import Config


def changed_settings(config: Config) -> dict[str, Any]:
    """Return the settings that a preset has otherwise, and that do not follow from others.

    Args:
        config: of the run.

    Example:
        >>> config = Config.make("digits", "js", epochs=20, units=64)
        >>> config.settings["warmup_epochs"], changed_settings(config)
        (5, {'epochs': 20, 'units': 64})
    """
    preset = config.build()
    try:
        default = dataclasses.asdict(presets.get(config.preset))
    except (ImportError, OSError, TypeError, ValueError):
        # One that has no defaults.
        return dict(config.settings)
    changed = {name: value for name, value in config.settings.items() if value != default[name]}
    open_ = [field.name for field in dataclasses.fields(preset) if _is_open(field)]
    # All at once first: what is read off the data is read together, unless some of it was given.
    for names in (open_, preset.read_off_data, *([name] for name in open_)):
        fewer = {name: value for name, value in changed.items() if name not in names}
        if fewer != changed and _gives(config.preset, fewer, preset):
            changed = fewer
    return changed


def command(
    config: Config, workdir: str | os.PathLike[str], changed: Mapping[str, Any] | None = None
) -> str:
    """Return what to type to train a run.

    Args:
        config: of the run.
        workdir: its folder.
        changed: its `changed_settings`, where they are known.

    Returns:
        A line; or two, of a run that has been continued: schedules follow from the epochs that it
        was begun with.

    Example:
        >>> print(command(Config.make("digits", "js", seed=1, units=64), "js"))
        python -m kfdiv.train --preset=digits --divergence=js --seed=1 --set=units=64 --workdir=js
    """
    words = [f"--preset={config.preset}", f"--divergence={config.divergence}"]
    words += [f"--seed={config.seed}"]
    changed = changed_settings(config) if changed is None else changed
    for name, value in changed.items():
        if name in ("epochs", "data"):
            words.append(f"--{name}={value}")
        else:
            words.append(f"--set={_assignment(name, value)}")
    lines = [_line(*words, f"--workdir={os.fspath(workdir)}")]
    if config.epochs != config.settings["epochs"]:
        lines.append(_line(f"--epochs={config.epochs}", f"--workdir={os.fspath(workdir)}"))
    return "\n".join(lines)


def _line(*words: str) -> str:
    return shlex.join(["python", "-m", "kfdiv.train", *words])


def _assignment(name: str, value: Any) -> str:
    """Return what `assignments.parse` reads as the value: words need no quotes unless they do."""
    text = f"{name}={value}"
    return text if assignments.parse([text])[name] == value else f"{name}={value!r}"


def _is_open(field: dataclasses.Field) -> bool:
    """Say whether a setting may follow from others or from the data: it is none by default."""
    if field.default_factory is not dataclasses.MISSING:
        return not field.default_factory()
    return field.default in (None, "", ())


def _gives(name: str, settings: dict[str, Any], preset: presets.Preset) -> bool:
    try:
        return presets.get(name, **settings) == preset
    except (ImportError, OSError, TypeError, ValueError):
        # Data that are no longer there, for example.
        return False
