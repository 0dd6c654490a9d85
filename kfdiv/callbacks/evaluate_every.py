"""Any measure of the whole model, epoch after epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from kfdiv.arguments import check_count

Figures = float | Mapping[str, float]


class EvaluateEvery(keras.callbacks.Callback):
    """Writes figures of the model to the logs, where history, tables and curves find them.

    Measured are the first epoch of this call of `fit`, every `every`-th epoch, and the last one; in
    between, the last figures stand. Put it before the callbacks that read the logs. Measures draw
    by seeds of their own, so training is what it would be without them.

    Args:
        measures: functions of the model by name. One returns a number, logged under the name, or
            numbers by name, logged under `name/...`.
        every: epochs between measurements.

    Raises:
        ValueError: if `every` is not positive.

    Example:
        >>> from kfdiv import data, evaluation
        >>> info = data.load("grid9").stream.info
        >>> def modes(model):
        ...     labels = evaluation.mode_within(model.sample(2_000), info)
        ...     return evaluation.mode_coverage(labels, info.weights).figures()
        >>> callback = EvaluateEvery({"modes": modes}, every=5)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(self, measures: Mapping[str, Callable[[Any], Figures]], every: int = 1) -> None:
        super().__init__()
        self.measures = dict(measures)
        self.every = check_count("every", every, expected="a positive number of epochs")
        self._figures: dict[str, float] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forget the figures of an earlier training."""
        self._figures = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measure, if it is time, and add the figures to the logs."""
        last = epoch + 1 == self.params.get("epochs")
        if self._figures is None or last or (epoch + 1) % self.every == 0:
            self._figures = self._measure()
        if logs is not None:
            logs.update(self._figures)

    def _measure(self) -> dict[str, float]:
        figures = {}
        for name, measure in self.measures.items():
            found = measure(self.model)
            parts = found if isinstance(found, Mapping) else {"": found}
            for part, value in parts.items():
                figures[f"{name}/{part}" if part else name] = float(value)
        return figures
