"""Where the encoder puts the data, epoch after epoch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from kfdiv import plotting
from kfdiv.callbacks.picture import Picture
from kfdiv.data import examples


class LatentPlot(Picture):
    """Draws the means of q(z|x) of some examples as points, coloured by their labels.

    Args:
        path: image file.
        x: examples of shape `(count, *event_shape)`, or batches x or `(x, y)`, whatever `fit`
            takes; they are read when training begins.
        labels: of shape `(count,)` beside an array, as of `kfdiv.plotting.save_latents`, or None.
        every: epochs between pictures.
        condition: of a conditional model: one for each example. By default, of one on labels, the
            `labels`.
        class_names: what the labels 0, 1, ... mean, for the legend.

    Example:
        >>> callback = LatentPlot("run/latents.png", np.zeros((10, 2)), every=5)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        x: Any,
        labels: Any = None,
        every: int = 1,
        condition: Any = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(path, every)
        self.x = x
        self.labels = labels
        self.condition = condition
        self.class_names = class_names

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """See `Picture.on_train_begin`; what does not fit the model is refused."""
        self._examples = examples.read(
            self.x,
            self.labels,
            event_shape=self.model.event_shape,
            value_range=self.model.known_pixel_range(),
        ).counted()
        condition = self._condition()
        self.model.conditions(condition, 0 if condition is None else len(self._examples.x))
        super().on_train_begin(logs)

    def take(self) -> np.ndarray:
        """Encode the examples."""
        return np.asarray(self.model.encode(self._examples.x, condition=self._condition()))

    def draw(self, taken: np.ndarray, title: str) -> None:
        """Draw the points."""
        labels, title = self._examples.y, f"posterior means, {title}"
        plotting.save_latents(taken, self.path, labels, title, self.class_names)

    def _condition(self) -> Any:
        """Return the condition of each example, or None where there is none."""
        if self.condition is None and self.model.condition is not None:
            return self._examples.y
        return self.condition
