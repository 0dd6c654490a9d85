"""What an example leaves behind: its figures and the command that made them, in one JSON file."""

from __future__ import annotations

import math
import pathlib
import shlex
import sys
import time
from typing import Any

from kfdiv import files

ROOT = pathlib.Path(__file__).parents[2]


def write(name: str, results: str, record: dict[str, Any]) -> None:
    """Write `record` with the command that made it to `results/name.json`, whole or not at all.

    Args:
        name: of the example.
        results: the folder.
        record: anything that JSON holds; numbers that are not finite, which it does not, become
            null.
    """
    path = pathlib.Path(results) / f"{name}.json"
    stamp = {"example": name, "command": command(), "date": time.strftime("%Y-%m-%d")}
    files.write_json(path, finite({**stamp, **record}))
    print(f"wrote {path}")


def command() -> str:
    """Return this process's command as one gives it from the root of the repository."""
    program = pathlib.Path(sys.argv[0]).resolve().relative_to(ROOT).with_suffix("")
    return shlex.join(["python", "-m", ".".join(program.parts), *sys.argv[1:]])


def finite(value: Any) -> Any:
    """Return a nest of dicts, lists and numbers with None for numbers that are not finite.

    Example:
        >>> finite({"bound": [1.5, float("inf")], "name": "kl"})
        {'bound': [1.5, None], 'name': 'kl'}
    """
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
