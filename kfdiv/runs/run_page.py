"""The page of a run, written while it trains and at its end."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from kfdiv import callbacks
from kfdiv.pages import run_page, write_html
from kfdiv.runs.record import versions
from kfdiv.runs.run_record import RunReader

# Seconds from one page to the next while a run trains: to write one takes some tenths of one.
_PAUSE = 10.0


class RunPage(callbacks.Picture):
    """Writes the page of a run at the ends of epochs, a few seconds apart, beside the training.

    Args:
        reader: of the run's folder.
        log: the `EpochLog`, before this callback.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text/html",)

    def __init__(self, reader: RunReader, log: callbacks.EpochLog) -> None:
        super().__init__(reader.workdir.report)
        self.reader = reader
        self.log = log
        self._versions = versions()
        self._next = 0.0

    def take(self) -> list[dict[str, float]]:
        """Copy the table."""
        return list(self.log.rows)

    def draw(self, taken: list[dict[str, float]], title: str) -> None:
        """Write the page."""
        write_html(self.path, run_page(self.reader.read(taken, self._versions)))
        self._next = time.monotonic() + _PAUSE

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Wait for the page: the last one is written when the run has its metrics."""
        self._finish(self._drawings)
        self._threads.shutdown()

    def _is_time(self) -> bool:
        return time.monotonic() >= self._next
