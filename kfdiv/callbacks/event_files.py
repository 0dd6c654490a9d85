"""The event files of TensorBoard, read back."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf

_PATTERN = "events.out.tfevents.*"


def why_not(
    directory: str | os.PathLike[str], rows: Iterable[tuple[int, Mapping[str, float]]]
) -> str | None:
    """Say why the files of a folder do not show all of a table, or None.

    Args:
        directory: of the files.
        rows: step and values of each row.

    Example:
        >>> why_not("nowhere", [(3, {"loss": 0.5})])
        'lacks the values of step 3'
        >>> why_not("nowhere", [])
    """
    found: dict[tuple[int, str], list[np.ndarray]] = {}
    for path in sorted(pathlib.Path(directory).glob(_PATTERN)):
        try:
            for step, name, value in _scalars(path):
                found.setdefault((step, name), []).append(value)
        except (tf.errors.OpError, ValueError) as error:
            return f"holds a damaged file, {path.name} ({type(error).__name__})"
    for step, values in rows:
        for name, value in values.items():
            # A resumed run wrote some of them twice.
            seen = found.get((step, name))
            if seen is None:
                return f"lacks the values of step {step}"
            if not np.array_equal(seen[-1], np.float32(value), equal_nan=True):
                return f"has other values of step {step}"
    return None


def remove(directory: str | os.PathLike[str]) -> None:
    """Remove the event files of a folder.

    Args:
        directory: of the files.
    """
    for path in pathlib.Path(directory).glob(_PATTERN):
        path.unlink()


def _scalars(path: pathlib.Path) -> Iterable[tuple[int, str, np.ndarray]]:
    for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
        event = tf.compat.v1.Event.FromString(record)
        for value in event.summary.value:
            yield event.step, value.tag, tf.make_ndarray(value.tensor)
