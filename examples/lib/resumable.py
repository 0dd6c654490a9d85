"""Training that goes on where an earlier process stopped."""

from __future__ import annotations

import json
import os
import pathlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import kfdiv
from examples.lib import records
from kfdiv import files

# Steps that a killed process loses at most.
BACKUP_EVERY = 200
# What a result says of the files beside it.
_BESIDE = "files"


def claim(path: str | os.PathLike[str], run: Mapping[str, Any]) -> None:
    """Write down what a folder's run is; refuse a folder that holds another run.

    Args:
        path: of the JSON file that says it, new or written by an earlier process.
        run: all that its weights are a function of.

    Raises:
        ValueError: if the file says something else, or is damaged.

    Example:
        >>> import tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "settings.json")
        >>> claim(path, {"divergence": "kl", "seed": 0})
        >>> claim(path, {"divergence": "kl", "seed": 1})
        Traceback (most recent call last):
        ...
        ValueError: ... holds another run: seed is 0 there, 1 here. Give another --workdir, or ...
    """
    path = pathlib.Path(path)
    # As JSON gives it back: tuples are lists.
    asked = json.loads(json.dumps(run))
    if not path.exists():
        files.write_json(path, files.seal(asked))
        return
    try:
        found = _unsealed(path)
    except files.DamageError as error:
        raise files.DamageError(
            f"In {path.parent}, {error}. If that folder is of this run, remove the file and give "
            "the command again; its backups are checked by themselves."
        ) from error
    points = [
        f"{name} is {found.get(name)} there, {asked.get(name)} here"
        for name in {**found, **asked}
        if found.get(name) != asked.get(name)
    ]
    if points:
        raise ValueError(
            f"{path.parent} holds another run: {'; '.join(points)}. Give another --workdir, or "
            "delete that folder."
        )


def _unsealed(path: pathlib.Path, *keys: str) -> dict[str, Any]:
    """Return what was written with a checksum, by earlier versions without."""
    found = files.read_json(path)
    return files.unseal(found, path.name, *keys) if "sha256" in found else found


def result(
    path: str | os.PathLike[str], measure: Callable[[], dict[str, Any]], *beside: str
) -> dict[str, Any]:
    """Return a run's result, or measure it and write it down.

    Args:
        path: of a JSON file, new or written by an earlier process; a damaged one is replaced.
        measure: returns named values, as JSON holds them.
        *beside: names of files in the same folder that `measure` writes, if it gets so far. Where
            one is lost or damaged, all is measured again.

    Example:
        >>> import tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "result.json")
        >>> result(path, lambda: {"kl": 1.5})
        {'kl': 1.5}
        >>> result(path, lambda: {"kl": 2.5})
        {'kl': 1.5}
    """
    path = pathlib.Path(path)
    if path.exists():
        try:
            found = _unsealed(path)
            files.check_digests(path.parent, found.pop(_BESIDE, {}))
        except files.DamageError as error:
            _tell(path.parent, error)
        else:
            return found
    record = json.loads(json.dumps(records.finite(measure())))
    there = [name for name in beside if (path.parent / name).exists()]
    files.write_json(path, files.seal(record | {_BESIDE: files.digests(path.parent, there)}))
    return record


def _tell(folder: pathlib.Path, error: files.DamageError) -> None:
    warnings.warn(f"In {folder}, {error}: measured again.", files.DamagedFileWarning, stacklevel=3)


def kept(path: str | os.PathLike[str], asked: Mapping[str, Any], measure: Callable[[], Any]) -> Any:
    """Return what was measured, or measure it and write it down.

    Args:
        path: of a JSON file, new or written by an earlier process.
        asked: all that the figures are a function of; a file that says something else, or is
            damaged, is replaced.
        measure: returns them, as JSON holds them.

    Example:
        >>> import tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "kl.json")
        >>> kept(path, {"draws": 10}, lambda: {"kl": 1.5})
        {'kl': 1.5}
        >>> kept(path, {"draws": 10}, lambda: {"kl": 2.5})
        {'kl': 1.5}
        >>> kept(path, {"draws": 20}, lambda: {"kl": 2.5})
        {'kl': 2.5}
    """
    path = pathlib.Path(path)
    asked = json.loads(json.dumps(asked))
    if path.exists():
        try:
            found = _unsealed(path, "asked", "found")
        except files.DamageError as error:
            _tell(path.parent, error)
        else:
            if found["asked"] == asked:
                return found["found"]
    record = records.finite({"asked": asked, "found": measure()})
    files.write_json(path, files.seal(record))
    return files.read_json(path)["found"]


def fit(
    model: kfdiv.models.GenerativeModel,
    dataset: Any,
    log: kfdiv.callbacks.EpochLog,
    *,
    epochs: int,
    steps_per_epoch: int | None = None,
    measures: Mapping[str, Callable[[Any], Any]] | None = None,
    every: int = 1,
    verbose: int = 2,
    run: Mapping[str, Any] | None = None,
) -> None:
    """Train a model, with backups beside its log; one that has been trained is loaded.

    Of damaged backups the newest that is whole is taken, and one process trains in a folder at a
    time; see `kfdiv.callbacks.ExactResume`.

    Args:
        model: compiled; its weights become those of the end.
        dataset: the training data.
        log: gets a row an epoch.
        epochs: the epoch to reach.
        steps_per_epoch: one pass over the data by default.
        measures: as of `kfdiv.callbacks.EvaluateEvery`.
        every: epochs between measurements.
        verbose: as of Keras's `fit`.
        run: what the weights are a function of, as given to `claim`; another run's backups are
            refused.

    Raises:
        ValueError: if there is a log of more than an epoch, and no backup to go on from; or none
            that is whole and of this run.
        FloatingPointError: if a loss is not finite.
    """
    backup = kfdiv.callbacks.ExactResume(
        log.path.parent / "backup", every=BACKUP_EVERY, log=log, run=run
    )
    # A process that was killed in its first epoch may have left a row, and no backup yet.
    rows = log.path.read_bytes().count(b"\n") - 1 if log.path.exists() else 0
    if rows > 1 and not backup.has_state():
        raise files.DamageError(
            f"{log.path} has {rows} epochs, but {backup.directory}, from which training would go "
            f"on, is lost. Put it back from a copy, or remove {log.path.parent} to train anew."
        )
    try:
        _fit(model, dataset, log, backup, epochs, steps_per_epoch, measures or {}, every, verbose)
    except kfdiv.callbacks.NoStateError as error:
        raise files.DamageError(
            f"No state in {log.path.parent} is whole: {error.reasons}. Put one back from a copy, "
            f"or remove {log.path.parent} to train anew."
        ) from error


def _fit(
    model: kfdiv.models.GenerativeModel,
    dataset: Any,
    log: kfdiv.callbacks.EpochLog,
    backup: kfdiv.callbacks.ExactResume,
    epochs: int,
    steps_per_epoch: int | None,
    measures: Mapping[str, Callable[[Any], Any]],
    every: int,
    verbose: int,
) -> None:
    model.fit(
        dataset,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        verbose=verbose,
        callbacks=[
            kfdiv.callbacks.EvaluateEvery(measures, every),
            log,
            backup,
        ],
    )
