"""What a finished run must have, each file as it was written."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from kfdiv import files
from kfdiv.callbacks.backups import Backups
from kfdiv.runs.config import Config
from kfdiv.runs.workdir import Workdir, difference_of

# Others tell of these when they are put back.
_TOLD = ("config.json", "log.csv", "tensorboard/")


@dataclasses.dataclass(frozen=True)
class Outputs:
    """The outputs of a run that has been finished, or has not.

    Attributes:
        finished: whether the run got to its end, whatever has become of it since.
        good: names of the files that are as they were written.
        bad: names of those that are not.
        damage: what is to be told of the others.
        whole: whether all are good, and the backup of the last step.
    """

    finished: bool
    good: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    damage: tuple[str, ...] = ()
    whole: bool = False

    def has(self, folder: pathlib.Path) -> bool:
        """Say whether a folder of the run has the files that were written there, and no others."""
        prefix = f"{folder.name}/"
        there = {f"{prefix}{p.relative_to(folder).as_posix()}" for p in files_of(folder)}
        lost = any(name.startswith(prefix) for name in self.bad)
        return bool(there) and there <= self.good and not lost


def inspect(workdir: Workdir, config: Config) -> Outputs:
    """Look at the outputs of a run, and read all of each.

    Args:
        workdir: the run's folder.
        config: what the run is, with the epoch that it is to reach.
    """
    try:
        manifest = _read_manifest(workdir)
        other = difference_of(manifest["run"], config)
        if other:
            raise files.DamageError(f"{workdir.manifest.name} is of another run ({other})")
    except files.DamageError as error:
        if not workdir.metrics.exists() and not workdir.manifest.exists():
            return Outputs(finished=False)
        return Outputs(True, damage=(f"{error}: what it lists is written again.",))
    if manifest["run"]["epochs"] != config.epochs:
        return Outputs(finished=False)
    good, damage = set(), []
    for name, digest in manifest["files"].items():
        try:
            files.check_digests(workdir.path, {name: digest})
            good.add(name)
        except files.DamageError as error:
            told = name == workdir.checkpoint.name and workdir.checkpoint.exists()
            if name.startswith(f"{workdir.history.name}/"):
                # Its epoch's model is gone.
                damage.append(f"{error}: left out of {workdir.report.name}.")
            elif not told and not name.startswith(_TOLD):
                damage.append(f"{error}: written again.")
    # Older ones are of no use any more, whether they are damaged or gone.
    last = workdir.backup / f"step-{manifest['step']}"
    if not last.exists():
        damage.append(f"backup/{last.name} is lost: written again.")
    complete = not damage and good == set(manifest["files"])
    whole = complete and _is_good(last, config)
    bad = frozenset(manifest["files"]) - good
    return Outputs(True, frozenset(good), bad, tuple(damage), whole)


def write_manifest(workdir: Workdir, config: Config, step: int) -> None:
    """Write down that a run is finished, and how its outputs are known.

    Args:
        workdir: the run's folder.
        config: what the run is.
        step: of its end.
    """
    own = [path for path in workdir.outputs if path not in (workdir.backup, workdir.manifest)]
    found = [inner for path in own for inner in files_of(path)]
    names = [path.relative_to(workdir.path).as_posix() for path in found]
    record: dict[str, Any] = {
        "run": files.as_json(config),
        "step": step,
        "files": files.digests(workdir.path, names),
    }
    files.write_json(workdir.manifest, files.seal(record))


def list_anew(workdir: Workdir, path: pathlib.Path) -> None:
    """Have the list of a finished run know a file that has been written again; else do nothing.

    Args:
        workdir: the run's folder, which this process has locked.
        path: of the file.
    """
    try:
        manifest = _read_manifest(workdir)
    except files.DamageError:
        return
    name = path.relative_to(workdir.path).as_posix()
    listed = {**manifest["files"], **files.digests(workdir.path, [name])}
    files.write_json(workdir.manifest, files.seal({**manifest, "files": listed}))


def _read_manifest(workdir: Workdir) -> dict[str, Any]:
    return files.unseal(
        files.read_json(workdir.manifest), workdir.manifest.name, "run", "step", "files"
    )


def files_of(path: pathlib.Path) -> list[pathlib.Path]:
    """Return a file, or all files of a folder and of those in it."""
    return [inner for inner in (path, *sorted(path.rglob("*"))) if inner.is_file()]


def _is_good(backup: pathlib.Path, config: Config) -> bool:
    try:
        run = Backups(backup.parent).check(backup)["run"]
    except (files.DamageError, OSError):
        return False
    return run is not None and not difference_of(run, config)
