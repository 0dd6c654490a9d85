"""The folder of a run: which file is what."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import zipfile
from typing import Any

import keras

from kfdiv import files
from kfdiv.runs.config import Config


class Workdir:
    """The folder of one training run.

    Args:
        path: the folder; it need not exist yet.

    Example:
        >>> Workdir("results/demo").checkpoint.as_posix()
        'results/demo/model.keras'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = pathlib.Path(path)
        self.config = self.path / "config.json"
        self.metrics = self.path / "metrics.json"
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

    def read_config(self) -> Config | None:
        """Return the run's configuration, or None where no run has begun."""
        if not self.config.exists():
            return None
        try:
            return Config.from_record(json.loads(self.config.read_text(encoding="utf-8")))
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{self.config} is damaged ({error}). Take another --workdir, or delete it."
            ) from error

    def write_config(self, config: Config) -> None:
        """Write the run's configuration."""
        files.write_json(self.config, dataclasses.asdict(config))

    def read_metrics(self) -> dict[str, Any] | None:
        """Return the metrics of the finished run, or None."""
        if not self.metrics.exists():
            return None
        return json.loads(self.metrics.read_text(encoding="utf-8"))

    def has_progress(self) -> bool:
        """Say whether there is a checkpoint or a backup to go on from."""
        return self.checkpoint.exists() or any(self.backup.glob("step-*"))

    def is_finished(self, config: Config) -> bool:
        """Say whether the run has reached its last epoch and everything is written."""
        metrics = self.read_metrics()
        if metrics is None or metrics["epochs"] != config.epochs:
            return False
        return self.checkpoint.exists() and self.export.exists()

    def open_run(self) -> Config:
        """Return the configuration of a run that has at least one checkpoint.

        Raises:
            FileNotFoundError: if there is no folder, no run in it, or no checkpoint yet.
        """
        if not self.path.is_dir():
            raise FileNotFoundError(f"There is no folder {self.path}; check --workdir.")
        config = self.read_config()
        if config is None:
            raise FileNotFoundError(
                f"{self.path} holds no run: it has no {self.config.name}. Train first: "
                f"python -m kfdiv.train --preset=digits --workdir={self.path}"
            )
        if not self.checkpoint.exists():
            raise FileNotFoundError(
                f"The run in {self.path} has no checkpoint yet; the first one appears at the end "
                f"of the first epoch. Go on with python -m kfdiv.train --workdir={self.path}"
            )
        return config

    def load_model(self) -> keras.Model:
        """Return the newest model, not compiled.

        Raises:
            ValueError: if its file is damaged.
        """
        if not zipfile.is_zipfile(self.checkpoint):
            raise ValueError(
                f"{self.checkpoint} is damaged. Delete it, and go on from the last backup with "
                f"python -m kfdiv.train --workdir={self.path}"
            )
        return keras.saving.load_model(self.checkpoint, compile=False)
