"""How the run goes, epoch after epoch."""

from __future__ import annotations

import os

from kfdiv import plotting
from kfdiv.callbacks.epoch_log import EpochLog
from kfdiv.callbacks.picture import Picture

_Curve = tuple[list[float], list[float]]


class Curves(Picture):
    """Draws every column of an `EpochLog` against the epoch.

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
        self.warmup_epochs = warmup_epochs

    def take(self) -> dict[str, _Curve]:
        """Copy the curves out of the table."""
        rows = list(self.log.rows)
        parts = {"": rows}
        if self.warmup_epochs:
            parts = {
                " (forward KL warm-up)": [r for r in rows if r["epoch"] <= self.warmup_epochs],
                "": [r for r in rows if r["epoch"] > self.warmup_epochs],
            }
        names = [name for name in rows[-1] if name not in ("epoch", "step", "seconds")]
        return {
            f"{name}{suffix}": ([row["epoch"] for row in part], [row[name] for row in part])
            for name in names
            for suffix, part in parts.items()
            if part
        }

    def draw(self, taken: dict[str, _Curve], title: str) -> None:
        """Draw the panels."""
        plotting.save_curves(taken, self.path, title=title)
