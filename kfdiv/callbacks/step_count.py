"""Callbacks that are told the true number of each step."""

from __future__ import annotations

from typing import Any

import keras


class StepCount(keras.callbacks.CallbackList):
    """The callbacks of a `fit`, which hear of no more steps than an epoch has.

    With `steps_per_execution` above one, Keras counts the last call of an epoch as a whole one also
    where fewer steps are left: its progress bar says `12/10`, and callbacks are told of a batch
    that there is not.

    Args:
        callbacks: those of `fit`.
        steps: of an epoch.
        **params: as of Keras's list: `model`, `verbose`, `epochs`, `add_history`, `add_progbar`.

    Example:
        >>> heard = []
        >>> listener = keras.callbacks.LambdaCallback(
        ...     on_train_batch_end=lambda batch, logs: heard.append(batch)
        ... )
        >>> callbacks = StepCount([listener], steps=10)
        >>> for last in (3, 7, 11):
        ...     callbacks.on_train_batch_end(last)
        >>> heard
        [3, 7, 9]
    """

    def __init__(self, callbacks: Any = None, *, steps: int, **params: Any) -> None:
        super().__init__(callbacks, steps=steps, **params)
        self._last = steps - 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell of the last step that was taken."""
        super().on_train_batch_end(min(batch, self._last), logs)
