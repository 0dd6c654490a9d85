"""Stop a run whose loss is no longer a number, before anything saves it."""

from __future__ import annotations

from typing import Any

import keras


class FiniteLoss(keras.callbacks.Callback):
    """Raise as soon as a term of the loss is NaN or infinite, naming the step and the term.

    `fit` puts it before every other callback, so that no checkpoint of the broken weights is
    written.

    Raises:
        FloatingPointError: at the end of the call in which the term broke.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the model's record of terms that were not finite."""
        nonfinite = self.model.nonfinite_term()
        if nonfinite is None:
            return
        step, term = nonfinite
        raise FloatingPointError(
            f"Training stopped: `{term}` was not finite at step {step}. Weights from that step on "
            "are not usable; a checkpoint, if there is one, is from before it. If the data are "
            "finite, lower the learning rate, widen the spread noise if there is any, or choose a "
            "divergence with a lighter tail (js, squared_hellinger) to begin with."
        )
