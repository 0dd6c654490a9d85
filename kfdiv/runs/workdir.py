"""The folder of a run: which file is what."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Collection, Mapping
from typing import Any

import keras

from kfdiv import files
from kfdiv.callbacks import archive
from kfdiv.callbacks.run_identity import difference
from kfdiv.runs.config import Config

# Of a folder of an earlier run, before its number.
_ASIDE = "previous-"


class Workdir:
    """The folder of one training run.

    Args:
        path: the folder; it need not exist yet.

    Example:
        >>> Workdir("results/demo").checkpoint.as_posix()
        'results/demo/model.keras'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = files.check_path(path, "--workdir")
        self.config = self.path / "config.json"
        self.metrics = self.path / "metrics.json"
        self.manifest = self.path / "manifest.json"
        self.log = self.path / "log.csv"
        self.events = self.path / "tensorboard"
        self.checkpoint = self.path / "model.keras"
        self.backup = self.path / "backup"
        self.export = self.path / "export"
        self.data = self.path / "data.png"
        self.samples = self.path / "samples.png"
        self.manifold = self.path / "manifold.png"
        self.latents = self.path / "latents.png"
        self.curves = self.path / "curves.png"
        self.history = self.path / "history"
        self.report = self.path / "report.html"

    @property
    def pictures(self) -> list[pathlib.Path]:
        """What the pictures are called; not every run has all of them."""
        return [self.data, self.samples, self.manifold, self.latents, self.curves]

    @property
    def folders(self) -> list[pathlib.Path]:
        """The folders in that of a run."""
        return [self.backup, self.events, self.history, self.export]

    @property
    def outputs(self) -> list[pathlib.Path]:
        """All files and folders of a run that there may be."""
        return [
            self.config,
            self.metrics,
            self.manifest,
            self.log,
            self.events,
            self.checkpoint,
            self.backup,
            self.export,
            *self.pictures,
            self.history,
            self.report,
        ]

    def read_config(self) -> Config | None:
        """Return the run's configuration, or None where no run has begun.

        Raises:
            DamageError: if the file is not the one that was written.
        """
        if not self.config.exists():
            return None
        record = files.read_json(self.config)
        # Earlier versions wrote it without a checksum.
        names = [field.name for field in dataclasses.fields(Config)]
        if set(record) != set(names):
            record = files.unseal(record, self.config.name, *names)
        return Config.from_record(record)

    def write_config(self, config: Config) -> None:
        """Write the run's configuration."""
        files.write_json(self.config, files.seal(dataclasses.asdict(config)))

    def holds(self, config: Config) -> bool:
        """Say whether this is the configuration that is written down."""
        try:
            return self.read_config() == config
        except files.DamageError:
            return False

    def read_metrics(self) -> dict[str, Any]:
        """Return the metrics of a finished run."""
        return files.read_json(self.metrics)

    def has_progress(self) -> bool:
        """Say whether there is a checkpoint or a backup to go on from, or was one."""
        return (
            self.checkpoint.exists() or any(self.backup.glob("step-*")) or self.has_lost_progress()
        )

    def has_lost_progress(self) -> bool:
        """Say whether there are results of more training than the first epoch.

        A run that is killed in its first epoch may have a row of the log, and no state yet.
        """
        rows = self.log.read_bytes().count(b"\n") - 1 if self.log.is_file() else 0
        export = self.export / "saved_model.pb"
        return rows > 1 or any(path.is_file() for path in (self.metrics, self.manifest, export))

    def check_free(self, allowed: Collection[str] = ()) -> None:
        """Raise unless the folder, which holds no run, is free for one: new, or as good as empty.

        Hidden files and runs that were set aside are in nobody's way, and what has the name of a
        run's file is looked at by `preflight`.

        Args:
            allowed: names that may be there, too.

        Raises:
            FileExistsError: naming the files that are in it.
        """
        names = sorted(path.name for path in self.path.iterdir()) if self.path.is_dir() else []
        own = {path.name for path in self.outputs}.union(allowed)
        others = [
            name
            for name in names
            if name not in own and not name.startswith((".", _ASIDE, "lost+found"))
        ]
        runs = [name for name in others if (self.path / name / self.config.name).exists()]
        if runs:
            raise FileExistsError(
                f"--workdir={self.path} holds no run, but folders of runs, as a sweep makes them: "
                f"{', '.join(runs[:3])}. Go on with one of them, --workdir={self.path / runs[0]}; "
                "with all by the command that made them, --sweep=...; or choose another folder."
            )
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            raise FileExistsError(
                f"--workdir={self.path} holds no run, but other files: {', '.join(others[:3])}"
                f"{more}. Choose another folder, a new or an empty one."
            )

    def set_aside(self) -> pathlib.Path | None:
        """Move all of the run to a new folder within its own, and return that; None of no run."""
        found = [path for path in self.outputs if path.exists()]
        if not found:
            return None
        number = 1 + len(list(self.path.glob(f"{_ASIDE}*")))
        while (self.path / f"{_ASIDE}{number}").exists():
            number += 1
        aside = self.path / f"{_ASIDE}{number}"
        aside.mkdir()
        # What says that there is a run, at last.
        for path in reversed(found):
            path.rename(aside / path.name)
        return aside

    def open_run(self) -> Config:
        """Return the configuration of a run that has at least one checkpoint.

        Raises:
            FileNotFoundError: if there is no folder, no run in it, or no checkpoint yet.
            DamageError: if the configuration is damaged.
        """
        config = self.open_config()
        if not self.checkpoint.exists():
            raise FileNotFoundError(
                f"The run in {self.path} has no checkpoint yet; the first one appears at the end "
                f"of the first epoch. Go on with {self.resume_command}"
            )
        return config

    def open_config(self) -> Config:
        """Return the configuration of a run.

        Raises:
            FileNotFoundError: if there is no folder, or no run in it.
            DamageError: if the configuration is damaged.
        """
        if not self.path.is_dir():
            raise FileNotFoundError(f"There is no folder {self.path}; check --workdir.")
        try:
            config = self.read_config()
        except files.DamageError as error:
            raise files.DamageError(f"In {self.path}, {error}. {self._repair}") from error
        if config is None:
            raise FileNotFoundError(
                f"{self.path} holds no run: it has no {self.config.name}. Train first: "
                f"python -m kfdiv.train --preset=digits --workdir={self.path}"
            )
        return config

    def load_model(self) -> keras.Model:
        """Return the newest model, not compiled.

        Raises:
            DamageError: if its file is damaged, or another run's.
        """
        try:
            stamp = archive.check(self.checkpoint)
        except files.DamageError as error:
            raise files.DamageError(f"In {self.path}, {error}. {self._repair}") from error
        config = self.read_config()
        other = stamp and config and difference_of(stamp["run"], config)
        if other:
            raise files.DamageError(f"{self.checkpoint} is of another run: {other}. {self._repair}")
        return keras.saving.load_model(self.checkpoint, compile=False)

    @property
    def restart_advice(self) -> str:
        """What to do where there are results, but nothing to go on from."""
        return (
            "Put it back from a copy, or train anew: add --restart, by which the old results are "
            "moved to a folder within."
        )

    @property
    def _repair(self) -> str:
        return f"To put it right from the newest whole state: {self.resume_command}"

    @property
    def resume_command(self) -> str:
        """What goes on with the run, and puts right what is lost or damaged."""
        return f"python -m kfdiv.train --workdir={self.path}"


def difference_of(run: Mapping[str, Any], config: Config) -> str | None:
    """Say in which points a state is not of a run of this configuration, or None.

    Args:
        run: what the state says that it is of; of other runs than these it says nothing of them.
        config: the configuration.
    """
    asked = files.as_json(config)
    return difference({name: run[name] for name in asked if name in run}, asked)
