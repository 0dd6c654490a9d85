"""Backups from which training goes on as if it had never stopped."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
from typing import Any

import keras
import numpy as np

from kfdiv.arguments import check_count


class ExactResume(keras.callbacks.Callback):
    """Keep a backup of the whole training state, and continue from it bit for bit.

    The state is the weights, every optimizer, the running means of the epoch's logs, and the step:
    random numbers and the order of the data are functions of the step. A backup is a folder that
    appears whole or not at all; the previous one is deleted only after that, so a kill at any
    moment leaves a good one.

    Args:
        directory: where the backups live; one directory for one `fit`.
        every: "epoch", or a number of steps. With `steps_per_execution` above one, backups fall on
            the ends of calls.

    Raises:
        ValueError: if `every` is neither.

    Example:
        >>> callback = ExactResume("run/backup", every=500)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])   # kill it, run it again
    """

    def __init__(self, directory: str | os.PathLike[str], every: str | int = "epoch") -> None:
        super().__init__()
        if every != "epoch":
            every = check_count("every", every, expected="'epoch' or a positive number of steps")
        self.directory = pathlib.Path(directory)
        self.every = every
        self._start = 0
        self._saved = 0
        # Running means of an epoch that was interrupted; None where there is none.
        self._means: list[np.ndarray] | None = None

    def restore(self, model: keras.Model) -> int:
        """Load the newest backup into `model`, if there is one; `fit` calls this.

        Args:
            model: a compiled `GenerativeModel`.

        Returns:
            The step at which the interrupted `fit` had begun, or begins now.
        """
        self._start = self._saved = int(model.step.numpy())
        self._means = None
        newest = self.newest()
        if newest is not None:
            state = json.loads((newest / "state.json").read_text())
            model.load_weights(newest / "model.weights.h5")
            self._start, self._saved = state["start"], state["step"]
            self._means = [variable.numpy() for variable in model.metrics_variables]
        return self._start

    def newest(self) -> pathlib.Path | None:
        """Return the folder of the newest complete backup, or None."""
        backups = sorted(self.directory.glob("step-*"), key=lambda path: int(path.name[5:]))
        return backups[-1] if backups else None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put the running means back that Keras sets to zero, in the midst of an epoch."""
        means, self._means = self._means, None
        if means is not None and (self._saved - self._start) % self.params["steps"]:
            for variable, value in zip(self.model.metrics_variables, means, strict=True):
                variable.assign(value)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Back up when `every` steps have passed."""
        if self.every != "epoch" and int(self.model.step.numpy()) - self._saved >= self.every:
            self.save()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Back up at the end of an epoch."""
        self.save()

    def save(self) -> None:
        """Back up now, unless nothing has changed since the last backup."""
        step = int(self.model.step.numpy())
        if step <= self._saved:
            return
        target = self.directory / f"step-{step}"
        partial = self.directory / f".partial-{step}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        self.model.save_weights(partial / "model.weights.h5")
        (partial / "state.json").write_text(json.dumps({"start": self._start, "step": step}))
        previous = self.newest()
        if target.exists():
            shutil.rmtree(target)
        os.replace(partial, target)
        self._saved = step
        if previous is not None and previous != target:
            shutil.rmtree(previous)
