"""Figures without a display and without global state."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from kfdiv import files
from kfdiv.arguments import check_count, check_number

# One for each class of up to ten; the remaining ones repeat.
PALETTE = "tab10"


@contextlib.contextmanager
def figure(
    path: str | os.PathLike[str],
    columns: int = 1,
    rows: int = 1,
    size: tuple[float, float] = (5.6, 4.2),
    title: str | None = None,
) -> Iterator[Any]:
    """Give axes to draw on; at the end they are at `path`, whole.

    Args:
        path: image file; its suffix is the format.
        columns: panels beside one another.
        rows: panels above one another.
        size: width and height of a panel, in inches.
        title: above all panels.

    Yields:
        Matplotlib axes: one, or an array of shape `(columns,)`, `(rows,)` or `(rows, columns)`.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "line.png"
        >>> with figure(path) as axes:
        ...     _ = axes.plot([0, 1], [1, 0])
        >>> path.exists()
        True
    """
    columns, rows = check_count("columns", columns), check_count("rows", rows)
    width, height = (check_number("size", side, above=0) for side in size)
    # Imported here: it takes half a second that most programs need not spend. Not pyplot, whose
    # state is global: it would meddle with a user's figures, and cannot draw in a thread.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasAgg(Figure(figsize=(width * columns, height * rows), layout="constrained"))
    axes = canvas.figure.subplots(rows, columns)
    if title:
        canvas.figure.suptitle(title)
    yield axes
    with files.replacing(path) as partial:
        canvas.figure.savefig(partial, dpi=120)
