"""The states that a run can go on from: which are whole, and which is the newest."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import warnings
from collections.abc import Mapping
from typing import Any

import keras

from kfdiv import files
from kfdiv.callbacks import archive
from kfdiv.callbacks.backups import WEIGHTS, Backups
from kfdiv.callbacks.run_identity import difference

# A backup's copy of the log.
TABLE = "log.csv"


@dataclasses.dataclass(frozen=True)
class State:
    """A state that is whole.

    Attributes:
        path: a backup's folder, or a `.keras` file.
        step: that it is of; -1 where that is known only when it has been loaded.
        start: the step at which its `fit` began.
        table: the log at that step, where it was kept.
        replicas: how many trained up to there, where that is known.
        means: running sums of the epoch's logs, one for each of `model.metrics_variables`; None
            where they were not kept.
    """

    path: pathlib.Path
    step: int
    start: int
    table: bytes | None
    replicas: int | None = None
    means: list[Any] | None = None

    @property
    def weights(self) -> pathlib.Path:
        """The file that `load_weights` takes."""
        return self.path / WEIGHTS if self.path.is_dir() else self.path


@dataclasses.dataclass(frozen=True)
class Lost:
    """A state that is damaged, or another run's, and why."""

    path: pathlib.Path
    reason: str


@dataclasses.dataclass(frozen=True)
class Found:
    """What there is: whole states, the newest first, and lost ones."""

    whole: list[State]
    lost: list[Lost]


class NoStateError(files.DamageError):
    """There are states, but none to go on from.

    Args:
        lost: what there is.
    """

    def __init__(self, lost: list[Lost]) -> None:
        self.lost = lost
        self.reasons = "; ".join(f"{one.path}: {one.reason}" for one in lost)
        paths = " and ".join(str(one.path) for one in lost)
        super().__init__(
            f"There is no whole state of this run to go on from: {self.reasons}. Put one back from "
            f"a copy, or remove {paths} to train anew."
        )

    def __reduce__(self) -> tuple[type[NoStateError], tuple[list[Lost]]]:
        """Let it pass from one process to another."""
        return type(self), (self.lost,)


def find(
    backups: Backups,
    checkpoint: pathlib.Path | None,
    asked: Mapping[str, Any],
    start: int,
) -> Found:
    """Look at every state, and read all of each.

    Args:
        backups: the backups.
        checkpoint: a `.keras` file, which need not exist.
        asked: what run they must be of, as `run_identity.identity` says it.
        start: the step at which a `fit` of this run begins, if it begins now.
    """
    whole, lost = [], []
    for path in backups.paths():
        try:
            whole.append(_backup(backups, path, asked))
        except (files.DamageError, OSError) as error:
            lost.append(Lost(path, str(error)))
    if checkpoint is not None and checkpoint.exists():
        try:
            whole.append(_checkpoint(checkpoint, asked, start))
        except (files.DamageError, OSError) as error:
            lost.append(Lost(checkpoint, str(error)))
    # Of one step, the backup, which has running means as well.
    return Found(sorted(whole, key=lambda state: -state.step), lost)


def load(model: keras.Model, found: Found) -> State | None:
    """Load the newest state that can be loaded, and tell of every one that is lost.

    Args:
        model: compiled.
        found: what `find` returned.

    Returns:
        The state, or None where there is none, whole or not.

    Raises:
        NoStateError: if there are some, but none can be loaded.
    """
    lost = list(found.lost)
    for state in found.whole:
        try:
            model.load_weights(state.weights)
        except (OSError, KeyError, ValueError) as error:
            # Of a version without checksums, or saved by hand.
            lost.append(Lost(state.path, f"cannot be loaded ({error})"))
            continue
        step = int(model.step.numpy())
        for one in lost:
            _tell(one, state.path, step)
        return dataclasses.replace(state, step=step)
    if lost:
        raise NoStateError(lost)
    return None


def _backup(backups: Backups, path: pathlib.Path, asked: Mapping[str, Any]) -> State:
    manifest = backups.check(path)
    _check_run(manifest["run"], asked)
    table = path / TABLE
    content = table.read_bytes() if TABLE in manifest["files"] else None
    means = json.loads(manifest.get("means", "null"))
    return State(
        path, manifest["step"], manifest["start"], content, manifest.get("replicas"), means
    )


def _checkpoint(path: pathlib.Path, asked: Mapping[str, Any], start: int) -> State:
    stamp = archive.check(path)
    if stamp is None:
        # Saved by an earlier version, or by hand.
        config = archive.config(path)
        own = {"model": config["class_name"], "seed": config["config"].get("seed")}
        _check_run(own, {name: asked[name] for name in own})
        return State(path, -1, start, None)
    _check_run(stamp["run"], asked)
    if stamp["step"] < start:
        raise files.DamageError(f"{path.name} is of step {stamp['step']}, before this fit began")
    table = None if stamp["table"] is None else stamp["table"].encode()
    return State(path, stamp["step"], start, table, stamp.get("replicas"))


def _check_run(found: Mapping[str, Any] | None, asked: Mapping[str, Any]) -> None:
    """Raise if a state is another run's; one of an earlier version does not say."""
    other = None if found is None else difference(found, asked)
    if other:
        raise files.DamageError(f"it is of another run: {other}")


def _tell(lost: Lost, taken: pathlib.Path, step: int) -> None:
    warnings.warn(
        f"{lost.path} is passed over: {lost.reason}. The state of {taken}, step {step}, is taken.",
        files.DamagedFileWarning,
        stacklevel=2,
    )
