"""What a run is of, by which another run's state is known and refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import keras

# May grow from one process to the next.
OPEN = "epochs"


def identity(model: keras.Model, run: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a model's training state is of, as JSON holds it.

    Args:
        model: a `GenerativeModel`.
        run: what else the weights are a function of.

    Returns:
        `run`, the class, the seed, and a checksum of shapes and types of the weights: their names
        differ from process to process.
    """
    shapes = [[list(weight.shape), str(weight.dtype)] for weight in model.weights]
    own = {
        "model": type(model).__name__,
        "seed": int(model.seed),
        "weights": hashlib.sha256(json.dumps(shapes).encode()).hexdigest()[:16],
    }
    # As JSON gives it back: tuples are lists.
    return json.loads(json.dumps({**own, **(run or {})}))


def difference(found: Mapping[str, Any], asked: Mapping[str, Any]) -> str | None:
    """Say in which points two runs are not the same one, or None.

    Args:
        found: what is there.
        asked: what is wanted. `epochs`, which may grow, is not compared.

    Example:
        >>> difference({"seed": 0, "epochs": 3}, {"seed": 1, "epochs": 4})
        'seed is 0 there, 1 here'
        >>> difference({"settings": {"units": 8}}, {"settings": {"units": 8}})
    """
    points = []
    for name in {**found, **asked}:
        there, here = found.get(name), asked.get(name)
        if name == OPEN or there == here:
            continue
        if isinstance(there, Mapping) and isinstance(here, Mapping):
            inner = difference({**there, OPEN: 0}, {**here, OPEN: 0})
            points += [inner] if inner else []
        else:
            words = ["nothing" if value is None else value for value in (there, here)]
            points.append(f"{name} is {words[0]} there, {words[1]} here")
    return "; ".join(points) or None
