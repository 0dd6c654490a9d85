"""How the run goes, epoch after epoch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from kfdiv import plotting
from kfdiv.arguments import check_count
from kfdiv.callbacks.epoch_log import EpochLog
from kfdiv.callbacks.picture import Picture

_AXES = ("epoch", "step", "seconds")
_UNITS = {"width": "units of the data"}
Curve = tuple[list[float], list[float]]


class Curves(Picture):
    """Draws every column of an `EpochLog` that changes, against the epoch.

    Args:
        path: image file.
        log: the table; put it before this callback.
        every: epochs between pictures.
        warmup_epochs: the first epochs, if they minimise something else than the later ones; they
            get a panel of their own.

    Example:
        >>> log = EpochLog("run/log.csv")
        >>> callbacks = [log, Curves("run/curves.png", log)]
        >>> # model.fit(dataset, epochs=20, callbacks=callbacks)
    """

    def __init__(
        self, path: str | os.PathLike[str], log: EpochLog, every: int = 1, warmup_epochs: int = 0
    ) -> None:
        super().__init__(path, every)
        self.log = log
        self.warmup_epochs = check_count("warmup_epochs", warmup_epochs, least=0)

    def take(self) -> dict[str, Curve]:
        """Copy the curves out of the table."""
        return curves_of(self.log.rows, self.warmup_epochs)

    def draw(self, taken: dict[str, Curve], title: str) -> None:
        """Draw the panels."""
        plotting.save_curves(taken, self.path, title=title)


def curves_of(rows: Sequence[Mapping[str, float]], warmup_epochs: int = 0) -> dict[str, Curve]:
    """Return every column of a table that changes, with its unit.

    Args:
        rows: of an `EpochLog`.
        warmup_epochs: the first epochs, which minimise something else.

    Returns:
        Epochs and values by name.

    Example:
        >>> curves_of([{"epoch": 1, "step": 9, "seconds": 0.5, "loss": 2.0}])
        {'loss, nats': ([1], [2.0])}
    """
    rows = list(rows)
    parts = {"": rows}
    if warmup_epochs:
        parts = {
            " (forward KL warm-up)": [row for row in rows if row["epoch"] <= warmup_epochs],
            "": [row for row in rows if row["epoch"] > warmup_epochs],
        }
    curves = {}
    for name in rows[-1] if rows else ():
        if name in _AXES:
            continue
        # The warm-up's objective is another one; its noise is not.
        for suffix, part in ({"": rows} if name in _UNITS else parts).items():
            x, y = [row["epoch"] for row in part], [row[name] for row in part]
            if y and (name == "loss" or len(set(y)) > 1):
                curves[f"{name}{suffix}, {_UNITS.get(name, 'nats')}"] = x, y
    return curves
