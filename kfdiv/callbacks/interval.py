"""A divergence between two bounds, epoch after epoch."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from kfdiv import plotting
from kfdiv.callbacks.picture import Picture

# Standard errors that the band reaches beyond the bounds.
_ERRORS = 3.0
_NAMES = ("lower", "lower_se", "upper", "upper_se")


class Entry(NamedTuple):
    """Both bounds after an epoch, in nats, with their standard errors."""

    epoch: int
    lower: float
    lower_se: float
    upper: float
    upper_se: float


class Interval(Picture):
    """Measures a lower and an upper bound while a model trains, and draws how they close in.

    Measured are every `every`-th epoch, and the last one; the logs get `interval/lower`,
    `interval/upper` and their standard errors, which stand until the next measurement. The picture
    has both bounds, the band between them, and three standard errors beyond either as a paler one.
    Training is what it would be without: measures draw by seeds of their own.

    Args:
        path: image file.
        measure: function of the model that returns what has `figures()` with `lower`, `lower_se`,
            `upper` and `upper_se`: `kfdiv.evaluation.SandwichMeasure(data, "js")`.
        every: epochs between measurements.

    Attributes:
        history: an `Entry` for each measurement of this call of `fit`.

    Raises:
        ValueError: if `every` is not positive, or the path does not end as a picture's does.
        TypeError: if the measure cannot be called.

    Example:
        >>> from kfdiv import data, evaluation
        >>> measure = evaluation.SandwichMeasure(data.load("ring"), "js", noise=0.5, steps=300)
        >>> callback = Interval("run/interval.png", measure, every=2)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(
        self, path: str | os.PathLike[str], measure: Callable[[Any], Any], every: int = 1
    ) -> None:
        super().__init__(path, every)
        if not callable(measure):
            raise TypeError(
                "measure must be a function of the model, such as "
                f'kfdiv.evaluation.SandwichMeasure(data, "js"), but got {measure!r}.'
            )
        self.measure = measure
        self.history: list[Entry] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin a new record."""
        self.history = []
        super().on_train_begin(logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Measure, if it is time, before the picture is begun."""
        last = epoch + 1 == self.params.get("epochs")
        if last or (epoch + 1) % self.every == 0:
            found = self.measure(self.model).figures()
            self.history.append(Entry(epoch + 1, *(float(found[name]) for name in _NAMES)))
        if logs is not None and self.history:
            newest = self.history[-1]._asdict()
            logs.update({f"interval/{name}": newest[name] for name in _NAMES})
        super().on_epoch_end(epoch, logs)

    def take(self) -> list[Entry]:
        """Copy the record."""
        return list(self.history)

    def draw(self, taken: list[Entry], title: str) -> None:
        """Draw the band."""
        if not taken:
            return
        epochs, lower, lower_se, upper, upper_se = zip(*taken, strict=True)
        below = [value - _ERRORS * error for value, error in zip(lower, lower_se, strict=True)]
        above = [value + _ERRORS * error for value, error in zip(upper, upper_se, strict=True)]
        marker = "." if len(taken) < 30 else None
        with plotting.figure(self.path, title=title) as axes:
            axes.fill_between(epochs, below, above, color="C0", alpha=0.15, lw=0, label="± 3 se")
            axes.fill_between(epochs, lower, upper, color="C0", alpha=0.3, lw=0)
            line = {"color": "C0", "lw": 1.5, "marker": marker}
            axes.plot(epochs, upper, **line, label="upper bound")
            axes.plot(epochs, lower, **line, ls="--", label="lower bound")
            axes.set(xlabel="epoch", ylabel="divergence, nats")
            if min(upper) >= 0:
                # Bounds may lie below what a divergence can be; there is nothing to see there.
                axes.set_ylim(bottom=0.0)
            axes.grid(alpha=0.3)
            axes.legend()
