"""How a run went."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from kfdiv.plotting.figure import figure


def save_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    path: str | os.PathLike[str],
    xlabel: str = "epoch",
    title: str | None = None,
) -> None:
    """Draw each curve in a panel of its own.

    Outliers, which the first epochs have, do not set the scale.

    Args:
        curves: `(x, y)` by name.
        path: image file; its suffix is the format.
        xlabel: what x is.
        title: above all panels.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "curves.png"
        >>> save_curves({"loss": ([1, 2, 3], [9.0, 4.0, 3.5])}, path)
        >>> path.exists()
        True
    """
    with figure(path, columns=len(curves), size=(5.6, 4.0), title=title) as panels:
        for axes, (name, (x, y)) in zip(np.ravel(panels), curves.items(), strict=True):
            axes.plot(x, y, lw=1.5, marker="." if len(x) < 30 else None)
            axes.set(xlabel=xlabel, title=name)
            axes.grid(alpha=0.3)
            low, high = np.min(y), np.quantile(y, 0.95)
            margin = 0.08 * (high - low)
            if len(y) > 20 and margin > 0:
                axes.set_ylim(low - margin, high + margin)
