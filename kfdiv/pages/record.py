"""What a page tells of a run, as plain values."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Curve = tuple[Sequence[float], Sequence[float]]


class Measure(NamedTuple):
    """A figure of the trained model.

    Attributes:
        name: such as "upper bound on rkl".
        value: None where it is not finite.
        error: its standard error, or None.
        unit: such as "nats".
        split: which part of the data it is of.
        examples: how many examples it is of, or None.
        source: the file that has it.
    """

    name: str
    value: float | None
    error: float | None
    unit: str
    split: str
    examples: int | None
    source: str


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """A run, finished or not.

    Attributes:
        name: that tells it from others, its folder's.
        title: what is trained by what.
        status: how far it is.
        command: that trains it.
        settings: values by name; those of the preset, and preset, divergence, seed and epochs.
        changed: names of the settings that are not the preset's own.
        curves: `(epochs, values)` by name, those of the log.
        measures: figures of the model.
        facts: what else is known of the model and its training, words by name.
        versions: of Python and packages, by name.
        pictures: paths of images by name: "samples", "data", "latents", "manifold".
        history: epoch and path of earlier samples, in order.
        notes: what is missing or damaged, a sentence each.
    """

    name: str
    title: str
    status: str
    command: str
    settings: Mapping[str, Any]
    changed: frozenset[str] = frozenset()
    curves: Mapping[str, Curve] = dataclasses.field(default_factory=dict)
    measures: Sequence[Measure] = ()
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    pictures: Mapping[str, pathlib.Path] = dataclasses.field(default_factory=dict)
    history: Sequence[tuple[int, pathlib.Path]] = ()
    notes: Sequence[str] = ()
