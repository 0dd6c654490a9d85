"""What the model generates, epoch after epoch."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kfdiv import plotting
from kfdiv.arguments import check_count, check_range
from kfdiv.callbacks.picture import Picture
from kfdiv.data import examples


class SampleGrid(Picture):
    """Draws samples of the model: a grid of images, or vectors as points over the data.

    The latents are the same in every picture, so that one can watch a sample change. Of a
    conditional model a row of the grid is of one condition, and a column of one latent.

    Args:
        path: image file.
        num: samples.
        seed: of the latents.
        every: epochs between pictures.
        value_range: of images' pixels.
        data: vectors to draw below the samples, shape `(count, dims)`, or batches of such, whatever
            `fit` takes, or None. They are read when training begins.
        condition: of a conditional model: a label or a vector for each row. By default, of one on
            labels, each of them in turn, as many as there are samples.

    Example:
        >>> callback = SampleGrid("run/samples.png", num=64, every=5)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        num: int = 64,
        seed: int = 0,
        every: int = 1,
        value_range: tuple[float, float] = (0.0, 1.0),
        data: Any = None,
        condition: Any = None,
    ) -> None:
        super().__init__(path, every)
        self.num = check_count("num", num)
        self.seed = seed
        self.value_range = check_range("value_range", value_range)
        self.data = data
        self.condition = condition
        self._points: np.ndarray | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """See `Picture.on_train_begin`; what does not fit the model is refused."""
        if self.data is not None:
            self._points = (
                examples.read(
                    self.data,
                    event_shape=self.model.event_shape,
                    value_range=self.model.known_pixel_range(),
                    name="data",
                )
                .counted()
                .x
            )
        self._rows()
        super().on_train_begin(logs)

    def take(self) -> tuple[np.ndarray, int | None]:
        """Generate the samples, row after row, and say how many a row has, where that is given."""
        rows = self._rows()
        if rows is None:
            return np.asarray(self.model.sample(self.num, seed=self.seed)), None
        columns = -(-self.num // len(rows))
        samples = [self.model.sample(columns, seed=self.seed, condition=row) for row in rows]
        return np.concatenate(samples), columns if len(rows) > 1 else None

    def draw(self, taken: tuple[np.ndarray, int | None], title: str) -> None:
        """Draw a grid or points, by the samples' rank."""
        samples, columns = taken
        if samples.ndim in (3, 4):
            plotting.save_grid(samples, self.path, columns, self.value_range)
        else:
            plotting.save_points(samples, self.path, self._points, title)

    def _rows(self) -> list[Any] | None:
        """Return the condition of each row, or None where there is none."""
        rows, of_model = self.condition, self.model.condition
        if rows is None and of_model is not None and of_model.num_classes is not None:
            rows = range(min(of_model.num_classes, self.num))
        vectors = self.model.conditions(rows, 1 if rows is None else len(rows))
        return None if vectors is None else list(rows)
