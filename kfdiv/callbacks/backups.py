"""Backups on the disk: folders with a manifest, by which a damaged one is known."""

from __future__ import annotations

import json
import os
import pathlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from kfdiv import files
from kfdiv.files import flushing, partials

WEIGHTS = "model.weights.h5"
_MANIFEST = "manifest.json"
_NAME = re.compile(r"step-(\d+)")


class Backups:
    """The folder of one run's backups: each is a folder `step-N` with a manifest.

    A backup is written aside, flushed, read back from the disk, and renamed. Only then are older
    ones removed.

    Args:
        directory: it need not exist yet.

    Example:
        >>> Backups("nowhere").paths()
        []
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = pathlib.Path(directory)

    def paths(self) -> list[pathlib.Path]:
        """Return the folders of all backups, good or not, the newest first."""
        found = [path for path in self.directory.glob("step-*") if _NAME.fullmatch(path.name)]
        return sorted(found, key=self.step, reverse=True)

    @staticmethod
    def step(path: pathlib.Path) -> int:
        """Return the step that the folder's name says."""
        return int(_NAME.fullmatch(path.name)[1])

    def write(
        self, step: int, fill: Callable[[pathlib.Path], None], record: Mapping[str, Any]
    ) -> pathlib.Path:
        """Write a backup.

        Args:
            step: of the training.
            fill: writes its files to a folder.
            record: what the manifest says beside step and checksums.

        Returns:
            Its folder.

        Raises:
            DamageError: if the disk gives back other bytes than were written to it; earlier
                backups are as they were.
        """
        target = self.directory / f"step-{step}"
        with files.replacing_folder(target) as partial:
            fill(partial)
            names = sorted(path.name for path in partial.iterdir())
            manifest = {**record, "step": step, "files": files.digests(partial, names)}
            files.write_json(partial / _MANIFEST, files.seal(manifest))
            flushing.flush_tree(partial)
            for name in (*names, _MANIFEST):
                flushing.forget(partial / name)
            try:
                self.check(partial, step)
            except files.DamageError as error:
                raise files.DamageError(
                    f"The backup of step {step} was written to {self.directory}, but read back "
                    f"damaged: {error}. Look after that disk; earlier backups are as they were."
                ) from error
        return target

    def manifest(self, path: pathlib.Path) -> dict[str, Any]:
        """Return a backup's manifest, without a look at the files that it lists.

        Raises:
            DamageError: if it is lost or damaged.
        """
        keys = ("step", "start", "run", "files")
        return files.unseal(files.read_json(path / _MANIFEST), _MANIFEST, *keys)

    def check(self, path: pathlib.Path, step: int | None = None) -> dict[str, Any]:
        """Return a backup's manifest, if all of it is as it was written.

        Backups of earlier versions have no manifest: of them it is known that the file of the
        weights is there, and no more.

        Args:
            path: its folder.
            step: that it must be of; by default the one of its name.

        Raises:
            DamageError: if it is damaged.
        """
        step = self.step(path) if step is None else step
        manifest = self._old(path) if self.is_old(path) else self.manifest(path)
        if manifest["step"] != step:
            raise files.DamageError(f"it holds step {manifest['step']}")
        files.check_digests(path, manifest["files"])
        return manifest

    def is_old(self, path: pathlib.Path) -> bool:
        """Say whether a backup is of a version that wrote no manifest."""
        return (path / "state.json").is_file() and not (path / _MANIFEST).exists()

    def prune(self, newest: pathlib.Path, keep: int) -> None:
        """Remove all backups but the newest and the ones before it.

        Args:
            newest: has been read back.
            keep: how many stay.
        """
        older = [path for path in self.paths() if self.step(path) < self.step(newest)]
        kept = {newest, *older[: keep - 1]}
        for path in self.paths():
            if path not in kept:
                partials.remove(path)

    def _old(self, path: pathlib.Path) -> dict[str, Any]:
        try:
            state = json.loads((path / "state.json").read_text(encoding="utf-8"))
            record = {"step": int(state["step"]), "start": int(state["start"])}
        except (ValueError, KeyError, TypeError) as error:
            raise files.DamageError("state.json is damaged") from error
        if not (path / WEIGHTS).is_file():
            raise files.DamageError(f"{WEIGHTS} is lost")
        return {**record, "run": None, "files": {}}
