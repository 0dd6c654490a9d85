"""Training that goes on where an earlier process stopped."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import kfdiv
from examples.lib import records
from kfdiv import files

# Steps that a killed process loses at most.
BACKUP_EVERY = 200


def claim(path: str | os.PathLike[str], run: Mapping[str, Any]) -> None:
    """Write down what a folder's run is; refuse a folder that holds another run.

    Args:
        path: of the JSON file that says it, new or written by an earlier process.
        run: all that its weights are a function of.

    Raises:
        ValueError: if the file says something else.

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
        files.write_json(path, asked)
        return
    found = json.loads(path.read_text(encoding="utf-8"))
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


def kept(path: str | os.PathLike[str], asked: Mapping[str, Any], measure: Callable[[], Any]) -> Any:
    """Return what was measured, or measure it and write it down.

    Args:
        path: of a JSON file, new or written by an earlier process.
        asked: all that the figures are a function of; a file that says something else is replaced.
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
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["asked"] == asked:
            return found["found"]
    files.write_json(path, records.finite({"asked": asked, "found": measure()}))
    return json.loads(path.read_text(encoding="utf-8"))["found"]


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
) -> None:
    """Train a model, with backups beside its log; one that has been trained is loaded.

    Args:
        model: compiled; its weights become those of the end.
        dataset: the training data.
        log: gets a row an epoch.
        epochs: the epoch to reach.
        steps_per_epoch: one pass over the data by default.
        measures: as of `kfdiv.callbacks.EvaluateEvery`.
        every: epochs between measurements.
        verbose: as of Keras's `fit`.

    Raises:
        FloatingPointError: if a loss is not finite.
    """
    model.fit(
        dataset,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        verbose=verbose,
        callbacks=[
            kfdiv.callbacks.EvaluateEvery(measures or {}, every),
            log,
            kfdiv.callbacks.ExactResume(log.path.parent / "backup", every=BACKUP_EVERY),
        ],
    )
