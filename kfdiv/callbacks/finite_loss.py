"""Stop a run whose loss is no longer a number, before anything saves it."""

from __future__ import annotations

from typing import Any

import keras


class FiniteLoss(keras.callbacks.Callback):
    """Raise as soon as a term of the loss is NaN or infinite: which, at which step, what helps.

    `fit` puts it before every other callback, so that no checkpoint of the broken weights is
    written.

    Raises:
        FloatingPointError: at the end of the call in which the term broke.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the model's record of terms that were not finite."""
        report = self.model.nonfinite_report()
        if report is not None:
            raise FloatingPointError(f"Training stopped: {report}")
