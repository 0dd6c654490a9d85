"""The `.keras` file of a run: a whole model that says what run and step it is of."""

from __future__ import annotations

import json
import os
import pathlib
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import keras

from kfdiv import files

# Beside Keras's own members of the archive, which Keras does not mind.
_STAMP = "kfdiv.json"
# What damaged bytes of such a file raise while they are read.
_DAMAGE = (OSError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)


def save(model: keras.Model, path: str | os.PathLike[str], stamp: Mapping[str, Any]) -> None:
    """Write a model and what it is of; the file appears whole, flushed and read back, or not.

    Args:
        model: a `GenerativeModel`.
        path: ends in `.keras`.
        stamp: what JSON holds.
    """
    with files.replacing(path) as partial:
        model.save(partial)
        with zipfile.ZipFile(partial, "a") as archive:
            archive.writestr(_STAMP, json.dumps(stamp))
        check(partial)


def check(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return what `save` wrote beside the model, once all of the file has been read.

    Args:
        path: of a `.keras` file.

    Returns:
        The stamp, or None of a model that was saved otherwise.

    Raises:
        DamageError: if it is lost or damaged.

    Example:
        >>> check("nowhere/model.keras")
        Traceback (most recent call last):
        ...
        kfdiv.files.damage.DamageError: model.keras is lost
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise files.DamageError(f"{path.name} is lost")
    if path.is_file() and path.stat().st_size == 0:
        raise files.DamageError(f"{path.name} is empty")
    try:
        with zipfile.ZipFile(path) as archive:
            # Reads every member, and compares its checksum.
            broken = archive.testzip()
            names = archive.namelist()
            missing = {"config.json", "metadata.json", "model.weights.h5"} - set(names)
            if broken or missing:
                raise files.DamageError(
                    f"{path.name} is damaged in its member {broken or min(missing)}"
                )
            return json.loads(archive.read(_STAMP)) if _STAMP in names else None
    except _DAMAGE as error:
        raise files.DamageError(f"{path.name} is damaged: {error}") from error


def stamp(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return what `save` wrote beside the model, without a look at the model itself; or None."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(_STAMP))
    except (*_DAMAGE, KeyError, ValueError):
        return None


def config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return Keras's description of the model in a file that `check` has found whole."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))
