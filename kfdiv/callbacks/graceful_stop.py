"""Stop on a signal, between two steps, with nothing lost."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras

from kfdiv.callbacks.exact_resume import ExactResume

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """Training stopped on a signal, after a backup.

    Args:
        signal_number: which signal.
        step: the step of the backup.

    Example:
        >>> print(Interrupted(signal.SIGTERM, step=120))
        Stopped by SIGTERM at step 120.
    """

    def __init__(self, signal_number: int, step: int) -> None:
        self.signal_number = signal_number
        self.step = step
        super().__init__(f"Stopped by {signal.Signals(signal_number).name} at step {step}.")


class GracefulStop(keras.callbacks.Callback):
    """On Ctrl-C or SIGTERM, finish the call in progress, back up, and leave `fit`.

    It listens while it is entered as a context. A second signal does what it would have done
    without it. Put it last among the callbacks: an epoch whose steps are done is then ended by all
    the others before it stops.

    Args:
        backup: the `ExactResume` of the same `fit`.

    Raises:
        Interrupted: from `fit`, after a signal.

    Example:
        >>> backup = ExactResume("run/backup")
        >>> with GracefulStop(backup) as stop:
        ...     callbacks = [backup, stop]
        ...     # model.fit(dataset, epochs=20, callbacks=callbacks)
    """

    def __init__(self, backup: ExactResume) -> None:
        super().__init__()
        self.backup = backup
        self._received: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> GracefulStop:
        # Python lets only the main thread listen; elsewhere signals are nobody's business.
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_listening()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop if a signal has come, but not between an epoch's last step and its end."""
        if batch + 1 < self.params["steps"]:
            self._stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop if a signal has come."""
        self._stop_if_asked()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Stop if a signal came after the last epoch."""
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        received = self._agreed()
        if received is None:
            return
        self.backup.save()
        raise Interrupted(received, int(self.model.step.numpy()))

    def _agreed(self) -> int | None:
        """Return the signal that has come, to this worker or to another one."""
        workers = self.model.workers
        if workers.count == 1:
            return self._received
        counts = workers.sum([number == self._received for number in SIGNALS])
        return next((one for one, count in zip(SIGNALS, counts, strict=True) if count), None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._received = number
        self._stop_listening()

    def _stop_listening(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}
