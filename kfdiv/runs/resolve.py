"""Which run a folder holds: a new one, the one asked for, or none of that name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from kfdiv import files
from kfdiv.runs.config import Config
from kfdiv.runs.found_config import find_config
from kfdiv.runs.workdir import Workdir


def resolve_config(
    workdir: Workdir,
    preset: str | None = None,
    divergence: str | None = None,
    seed: int | None = None,
    epochs: int | None = None,
    settings: Mapping[str, Any] | None = None,
    restart: bool = False,
) -> Config:
    """Decide what is trained in `workdir`; `train` writes it down.

    Where the folder holds a run already, it must be the one asked for: with a `preset`, what is not
    given is the preset's; without, it is the run's. Only `epochs` may differ, and only grow.

    Args:
        workdir: the run's folder.
        preset: a registered name; a new run needs one.
        divergence: a registered name.
        seed: 0 by default.
        epochs: the epoch to reach.
        settings: changed fields of the preset.
        restart: begin anew, whatever the folder holds; without a `preset`, the run that it holds.

    Returns:
        The configuration to train with.

    Raises:
        ValueError: if the folder is a file; if it holds another run, or no run and no preset was
            given; if epochs shrink; if a name is unknown or a value not possible.
        FileExistsError: if the folder holds no run, but other files.
        TypeError: if the preset has no such setting, or it has another type.
    """
    if workdir.path.exists() and not workdir.path.is_dir():
        raise ValueError(f"--workdir={workdir.path} is a file; name a folder, new or a run's.")
    if restart and preset is not None:
        return _new_run(workdir, preset, divergence, seed, epochs, settings or {})
    found = find_config(workdir)
    if found is None and workdir.has_progress():
        raise files.DamageError(
            f"{workdir.path} holds results, but {workdir.config.name} is lost, and no whole state "
            f"says of what run. {workdir.restart_advice}"
        )
    if restart and found is not None:
        return _restarted_run(found, divergence, seed, epochs, settings or {})
    # A run that ended before its first backup has nothing that another could spoil.
    if found is None or (preset is not None and not workdir.has_progress()):
        return _new_run(workdir, preset, divergence, seed, epochs, settings or {})
    return _resumed_run(workdir, found, preset, divergence, seed, epochs, settings or {})


def _new_run(
    workdir: Workdir,
    preset: str | None,
    divergence: str | None,
    seed: int | None,
    epochs: int | None,
    settings: Mapping[str, Any],
) -> Config:
    if preset is None:
        raise ValueError(
            f"{workdir.path} holds no run to go on with. Say what to train, for example "
            "--preset=digits; --list names the presets."
        )
    if epochs is not None:
        settings = {**settings, "epochs": epochs}
    config = Config.make(preset, divergence, seed or 0, **settings)
    if not workdir.config.exists() and not workdir.has_progress():
        workdir.check_free()
    return config


def _restarted_run(
    found: Config,
    divergence: str | None,
    seed: int | None,
    epochs: int | None,
    settings: Mapping[str, Any],
) -> Config:
    """Return the run that was found, laid out for the epochs that it was to reach."""
    settings = {**found.settings, **settings, "epochs": epochs or found.epochs}
    seed = found.seed if seed is None else seed
    return Config.make(found.preset, divergence or found.divergence, seed, **settings)


def _resumed_run(
    workdir: Workdir,
    found: Config,
    preset: str | None,
    divergence: str | None,
    seed: int | None,
    epochs: int | None,
    settings: Mapping[str, Any],
) -> Config:
    if preset is None:
        asked = dataclasses.replace(
            found,
            divergence=divergence or found.divergence,
            seed=found.seed if seed is None else seed,
            settings={**found.settings, **settings},
        )
    else:
        # Compared as laid out for the same epochs: from these, schedules follow.
        if found.preset == preset:
            settings = {**settings, "epochs": found.settings["epochs"]}
        asked = Config.make(preset, divergence, seed or 0, **settings)
    difference = found.difference(asked)
    if difference:
        raise ValueError(
            f"{workdir.path} holds another run: {difference}. Choose another --workdir for this "
            f"one, or go on with that one: python -m kfdiv.train --workdir={workdir.path}"
        )
    if epochs is not None and epochs < found.epochs:
        raise ValueError(
            f"The run in {workdir.path} is to reach epoch {found.epochs}, but got "
            f"--epochs={epochs}. Epochs can be raised, not lowered."
        )
    return dataclasses.replace(found, epochs=epochs or found.epochs)
