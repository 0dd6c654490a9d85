"""Backups from which training goes on as if it had never stopped."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import tempfile
import warnings
from collections.abc import Mapping
from typing import Any

import keras

from kfdiv import files
from kfdiv.arguments import check_count
from kfdiv.callbacks import chief, saved_states
from kfdiv.callbacks.backups import WEIGHTS, Backups
from kfdiv.callbacks.epoch_log import EpochLog
from kfdiv.callbacks.run_identity import identity
from kfdiv.files import partials


class OtherReplicasWarning(UserWarning):
    """Training goes on with another number of replicas, whose draws are others."""


class ExactResume(keras.callbacks.Callback):
    """Keep backups of the whole training state, and continue from the newest bit for bit.

    The state is the weights, every optimizer, the running means of the epoch's logs, and the step:
    random numbers and the order of the data are functions of the step. A backup is a folder that
    appears whole or not at all, with a checksum of every file; older ones are removed only after it
    has been read back from the disk. So a kill at any moment leaves a good one, and of damage, the
    newest that is whole is taken; a `DamagedFileWarning` says what was passed over. Another
    process that trains with the same directory is refused.

    Of several workers of one strategy the chief has the directory, and tells the others what they
    go on from; they need not see its disk. A run may go on with another number of replicas: data
    and their order are the same, but every replica draws noise of its own, so that the run is no
    longer bit for bit one that was never stopped. An `OtherReplicasWarning` says so.

    Args:
        directory: where the backups live; one directory for one `fit`.
        every: "epoch", or a number of steps. With `steps_per_execution` above one, backups fall on
            the ends of calls.
        keep: backups that stay, the newest ones.
        checkpoint: file of a `Checkpoint` of the same `fit`, which is taken where it is newer than
            every backup, or none is whole. Put that before this one among the callbacks.
        log: the `EpochLog` of the same `fit`, before this one: backups hold its table, which is put
            back if it is lost or another one.
        run: what the weights are a function of besides the model's class, seed and shapes, as
            values that JSON holds: a backup of another run is refused. `epochs` may grow.

    Raises:
        ValueError: if `every` is neither, or `keep` not positive.

    Example:
        >>> callback = ExactResume("run/backup", every=500)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])   # kill it, run it again
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        every: str | int = "epoch",
        *,
        keep: int = 2,
        checkpoint: str | os.PathLike[str] | None = None,
        log: EpochLog | None = None,
        run: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if every != "epoch":
            every = check_count("every", every, expected="'epoch' or a positive number of steps")
        self.directory = files.check_path(directory, "directory")
        self.every = every
        self.keep = check_count("keep", keep)
        self.checkpoint = None if checkpoint is None else pathlib.Path(checkpoint)
        self.log = log
        self.run = run
        self._backups = Backups(self.directory)
        self._bad: set[pathlib.Path] = set()
        self._lock = contextlib.ExitStack()
        self._start = 0
        self._saved = 0
        # Running means of an epoch that was interrupted; None where there is none.
        self._means: list[Any] | None = None

    def restore(self, model: keras.Model) -> int:
        """Load the newest whole state into `model`, if there is one; `fit` calls this.

        Args:
            model: a compiled `GenerativeModel`.

        Returns:
            The step at which the interrupted `fit` had begun, or begins now.

        Raises:
            DamageError: if there are backups, but none is whole and of this run.
            InUseError: if another process trains with this directory.
            OSError: if nothing can be written there.
        """
        self._start = self._saved = int(model.step.numpy())
        self._means = None
        taken = _from_chief(model, self._load(model) if model.workers.is_chief else None)
        if taken is None:
            return self._start
        self._start, self._saved = taken.start, taken.step
        # Of another version of Keras there may be others.
        if taken.means is not None and len(taken.means) == len(model.metrics_variables):
            self._means = taken.means
        if self.log is not None and taken.table is not None:
            self._put_back(self.log.path, taken)
        return self._start

    def _load(self, model: keras.Model) -> saved_states.State | None:
        """Load the newest whole state into `model`; return which it is."""
        files.check_folder_writable(self.directory, "The folder of backups")
        self._lock.enter_context(files.locked(self.directory))
        files.sweep(self.directory)
        asked = identity(model, self.run)
        states = saved_states.find(self._backups, self.checkpoint, asked, self._start)
        self._bad = {lost.path for lost in states.lost}
        taken = saved_states.load(model, states)
        now = _replicas(model)
        if taken is not None and taken.replicas not in (None, now):
            warnings.warn(
                f"{taken.path} was trained by {taken.replicas} replicas, and training goes on by "
                f"{now}: each draws noise of its own, so the run will not be bit for bit one that "
                "was never stopped.",
                OtherReplicasWarning,
                stacklevel=2,
            )
        return taken

    def release(self) -> None:
        """Let other processes train with this directory; `fit` calls this at its end."""
        self._lock.close()

    def newest(self) -> pathlib.Path | None:
        """Return the folder of the newest backup, or None."""
        return next(iter(self._backups.paths()), None)

    def has_state(self) -> bool:
        """Say whether there is anything to go on from, whole or not."""
        return self.newest() is not None or (
            self.checkpoint is not None and self.checkpoint.exists()
        )

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
        """Back up now, unless the newest backup is of this step and whole; on all workers.

        Raises:
            DamageError: if the disk gives back other bytes than were written.
            OSError: if it cannot be written. Either way, earlier backups are as they were.
        """
        step = int(self.model.step.numpy())
        # After a start from the checkpoint, the newest backup is an older one.
        target = self.directory / f"step-{step}"
        if step < self._saved or step == self._start:
            return
        writes = chief.writes(self.model)
        wanted = not target.exists() or target in self._bad
        # As the chief sees it.
        (wanted,) = self.model.workers.sum([wanted and writes])
        if not wanted:
            self._remove_bad()
            return
        # Keras saves none of them. Of several workers all must read: they are sums over all.
        # As text: a file of ours has no NaN and no infinity, which a metric of the user's may be.
        means = json.dumps([v.numpy().tolist() for v in self.model.metrics_variables])
        if not writes:
            with tempfile.TemporaryDirectory() as folder:
                self.model.save_weights(pathlib.Path(folder, WEIGHTS))
            self._saved = step
            return
        record = {
            "start": self._start,
            "run": identity(self.model, self.run),
            "replicas": _replicas(self.model),
            "means": means,
        }
        target = self._backups.write(step, self._fill, record)
        self._bad.discard(target)
        self._saved = step
        self._remove_bad()
        self._backups.prune(target, self.keep)

    def _remove_bad(self) -> None:
        """Remove the backups that were passed over; not the checkpoint, which others write."""
        for path in self._bad - {self.checkpoint}:
            partials.remove(path)
        self._bad.clear()

    def _fill(self, folder: pathlib.Path) -> None:
        self.model.save_weights(folder / WEIGHTS)
        if self.log is not None and self.log.path.exists():
            (folder / saved_states.TABLE).write_bytes(self.log.path.read_bytes())

    def _put_back(self, path: pathlib.Path, taken: saved_states.State) -> None:
        """Write the table as it was at the state, unless it only has gone on since."""
        found = path.read_bytes() if path.is_file() else None
        if found is not None and found.startswith(taken.table):
            return
        words = "lost" if found is None else "empty" if not found else "damaged or another run's"
        with files.replacing(path) as partial:
            partial.write_bytes(taken.table)
        warnings.warn(
            f"{path} is {words}: put back as it was at step {taken.step}, from {taken.path}.",
            files.DamagedFileWarning,
            stacklevel=2,
        )


def _replicas(model: keras.Model) -> int:
    return model.distribute_strategy.num_replicas_in_sync


def _from_chief(model: keras.Model, taken: saved_states.State | None) -> saved_states.State | None:
    """Return what the chief goes on from, once its weights are loaded here, too."""
    workers = model.workers
    if workers.count == 1:
        return taken
    record, content = b"", b""
    if taken is not None:
        record = json.dumps([taken.weights.name, taken.step, taken.start, taken.means]).encode()
        content = taken.weights.read_bytes()
    record, content = workers.from_chief(record), workers.from_chief(content)
    if workers.is_chief or not record:
        return taken
    name, step, start, means = json.loads(record)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        path.write_bytes(content)
        model.load_weights(path)
    return saved_states.State(path, step, start, None, means=means)
