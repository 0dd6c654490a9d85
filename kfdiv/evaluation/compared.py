"""A measure of samples, beside what it says of data."""

from __future__ import annotations

from typing import NamedTuple

from kfdiv.evaluation.estimate import Estimate


class Compared(NamedTuple):
    """A measure of samples, and the same of real test data, which says what to hold it against.

    Attributes:
        samples: of the samples, with its standard error.
        data: of the test data in the samples' place, or None where there were none.

    Example:
        >>> Compared(Estimate(2.0, 0.1), Estimate(2.5, 0.2)).figures()
        {'samples': 2.0, 'samples_se': 0.1, 'data': 2.5, 'data_se': 0.2}
    """

    samples: Estimate
    data: Estimate | None = None

    def figures(self) -> dict[str, float]:
        """Return the estimates by name, as `kfdiv.callbacks.EvaluateEvery` takes them."""
        figures = {"samples": self.samples.value, "samples_se": self.samples.standard_error}
        if self.data is not None:
            figures |= {"data": self.data.value, "data_se": self.data.standard_error}
        return figures
