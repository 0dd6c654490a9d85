"""JSON files, and such that know when they are damaged."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from kfdiv.files.atomic import replacing
from kfdiv.files.damage import DamageError

_SEAL = "sha256"


def write_json(path: str | os.PathLike[str], record: Any) -> None:
    """Write `record` as indented JSON.

    Args:
        path: the file to make or to replace.
        record: anything that `json` writes.

    Raises:
        ValueError: if the record holds a NaN or an infinity, which JSON does not have.

    Example:
        >>> import tempfile
        >>> target = pathlib.Path(tempfile.mkdtemp()) / "record.json"
        >>> write_json(target, {"bound": 1.5})
        >>> read_json(target)
        {'bound': 1.5}
    """
    text = json.dumps(record, indent=1, allow_nan=False)
    with replacing(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def as_json(record: Any) -> Any:
    """Return a record as JSON gives it back: tuples are lists, a dataclass is a dictionary.

    Args:
        record: a dataclass, or what `json` writes.

    Example:
        >>> as_json({"sizes": (1, 2)})
        {'sizes': [1, 2]}
    """
    plain = dataclasses.asdict(record) if dataclasses.is_dataclass(record) else record
    return json.loads(json.dumps(plain))


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a JSON file that holds named values.

    Args:
        path: the file.

    Raises:
        DamageError: if it is lost, empty, or no such JSON.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise DamageError(f"{path.name} is lost")
    try:
        record = json.loads(path.read_bytes())
    except ValueError as error:
        words = "empty" if path.stat().st_size == 0 else f"not readable ({error})"
        raise DamageError(f"{path.name} is {words}") from error
    if not isinstance(record, dict):
        raise DamageError(f"{path.name} holds no named values")
    return record


def seal(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with its own checksum, by which `unseal` sees that a value has changed.

    Args:
        record: what JSON holds.

    Example:
        >>> unseal(seal({"step": 3}), "a.json")
        {'step': 3}
        >>> unseal(seal({"step": 3}) | {"step": 2}, "a.json")
        Traceback (most recent call last):
        ...
        kfdiv.files.damage.DamageError: a.json has another checksum than it was written with
    """
    return {**record, _SEAL: _checksum(record)}


def unseal(record: Mapping[str, Any], name: str, *keys: str) -> dict[str, Any]:
    """Return what `seal` was given.

    Args:
        record: as read.
        name: of its file, for the message.
        *keys: what the record must hold.

    Raises:
        DamageError: if it is another record, or has no checksum.

    Example:
        >>> unseal(seal({"step": 3}), "manifest.json", "run")
        Traceback (most recent call last):
        ...
        kfdiv.files.damage.DamageError: manifest.json is another file: it has no 'run'
    """
    inner = {key: value for key, value in record.items() if key != _SEAL}
    if record.get(_SEAL) != _checksum(inner):
        raise DamageError(f"{name} has another checksum than it was written with")
    for key in keys:
        if key not in inner:
            raise DamageError(f"{name} is another file: it has no {key!r}")
    return inner


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
