"""Of what run a folder is, also where the file that says so is lost or damaged."""

from __future__ import annotations

import dataclasses
import pathlib
import warnings
from collections.abc import Mapping
from typing import Any

from kfdiv import files
from kfdiv.callbacks import archive
from kfdiv.callbacks.backups import Backups
from kfdiv.runs.config import Config
from kfdiv.runs.workdir import Workdir, difference_of


def find_config(workdir: Workdir) -> Config | None:
    """Return the configuration of a folder's run, or None where there is no run.

    Backups, checkpoint and manifest know of what run they are. Where `config.json` is lost or
    damaged, or all of them are of one other run, theirs is taken, and a `DamagedFileWarning` says
    so; `train` then writes the file anew.

    Args:
        workdir: the run's folder.

    Raises:
        DamageError: if the file is damaged and nothing else says what the run is; or if there is
            no telling which of two is the other run's.
    """
    reason = f"{workdir.config.name} is lost"
    own = None
    try:
        own = workdir.read_config()
    except files.DamageError as error:
        reason = str(error)
    witnesses = _witnesses(workdir)
    if own is None:
        if witnesses:
            return _taken(workdir, reason, *witnesses[0])
        if workdir.config.exists():
            raise files.DamageError(
                f"In {workdir.path}, {reason}, and nothing else there says of what run. "
                f"{workdir.restart_advice}"
            )
        return None
    others = [difference_of(run, own) for _, run in witnesses]
    if not others or None in others:
        # What disagrees is passed over where it is read.
        return own
    path, run = witnesses[0]
    config = _config(run)
    if len(witnesses) > 1 and not any(difference_of(other, config) for _, other in witnesses):
        return _taken(workdir, f"{workdir.config.name} is of another run ({others[0]})", path, run)
    raise files.DamageError(
        f"{workdir.config} and {path} are of two runs: {others[0]}. {workdir.restart_advice}"
    )


def _taken(workdir: Workdir, reason: str, path: pathlib.Path, run: Mapping[str, Any]) -> Config:
    warnings.warn(
        f"In {workdir.path}, {reason}: written anew from {path}.",
        files.DamagedFileWarning,
        stacklevel=3,
    )
    return _config(run)


def _config(run: Mapping[str, Any]) -> Config:
    return Config.from_record(dict(run))


def _witnesses(workdir: Workdir) -> list[tuple[pathlib.Path, dict[str, Any]]]:
    """Return what of the folder says of what run it is, and what it says; the newest first."""
    found = []
    backups = Backups(workdir.backup)
    for path in backups.paths():
        try:
            found.append((path, backups.manifest(path)["run"]))
        except (files.DamageError, OSError):
            continue
    stamp = archive.stamp(workdir.checkpoint)
    if stamp is not None:
        found.append((workdir.checkpoint, stamp["run"]))
    try:
        record = files.unseal(
            files.read_json(workdir.manifest), workdir.manifest.name, "run", "step", "files"
        )
        found.append((workdir.manifest, record["run"]))
    except (files.DamageError, OSError):
        pass
    names = {field.name for field in dataclasses.fields(Config)}
    return [(path, run) for path, run in found if run is not None and names <= set(run)]
