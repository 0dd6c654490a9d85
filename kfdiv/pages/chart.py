"""Curves as drawings that are part of a page, in its colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kfdiv.pages.document import Element, element
from kfdiv.pages.numbers import number

COLOURS = ("#3b7dd8", "#e07b39", "#3a9d5d", "#c9486b", "#8a63c9", "#1f9aa8", "#a8832d", "#7a8190")
# From one round of the colours to the next.
DASHES = (None, "7 4", "2 3", "10 3 2 3")

_WIDTH, _HEIGHT = 420, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 10, 8, 38
# Points that a line has at most: more are not seen.
_POINTS = 600
_TICKS = 5


class Line(NamedTuple):
    """A curve.

    Attributes:
        label: whose it is.
        x: where.
        y: what; what is not finite is a gap.
        style: which colour and dash.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    style: int = 0


def chart(title: str, lines: Sequence[Line], xlabel: str = "epoch") -> Element:
    """Return a figure of one or more curves over the same axes.

    Outliers, which the first epochs have, do not set the scale, as in `plotting.save_curves`.

    Args:
        title: what the curves are of, with the unit.
        lines: the curves; at least one.
        xlabel: what x is.

    Example:
        >>> found = chart("loss, nats", [Line("a", [1, 2, 3], [3.0, 2.0, 1.5])])
        >>> found.find("svg").get("aria-label")
        'loss, nats, by epoch: 3 at 1, 1.5 at 3, lowest 1.5 at 3.'
    """
    finite = [(x, y) for line in lines for x, y in zip(line.x, line.y, strict=True)]
    finite = [(x, y) for x, y in finite if math.isfinite(y)]
    if not finite:
        return element(
            "figure", element("h3", title), element("p", "No finite value.", class_="soft")
        )
    xs, ys = map(np.asarray, zip(*finite, strict=True))
    x_ticks, y_ticks = _ticks(*_x_range(xs), whole=True), _ticks(*_y_range(lines, ys))
    (x0, x1), (y0, y1) = _x_range(xs), _y_range(lines, ys)
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def across(x: float) -> float:
        return _LEFT + (x - x0) / (x1 - x0) * (right - _LEFT)

    def down(y: float) -> float:
        return bottom - (y - y0) / (y1 - y0) * (bottom - _TOP)

    parts = []
    for tick in y_ticks:
        height = f"{down(tick):.1f}"
        parts.append(element("line", x1=_LEFT, x2=right, y1=height, y2=height, class_="rule"))
        parts.append(
            element(
                "text", _label(tick), x=_LEFT - 7, y=f"{down(tick) + 4.5:.1f}", text_anchor="end"
            )
        )
    parts.append(element("line", x1=_LEFT, x2=right, y1=bottom, y2=bottom, class_="edge"))
    for tick in x_ticks:
        parts.append(
            element(
                "text", _label(tick), x=f"{across(tick):.1f}", y=bottom + 17, text_anchor="middle"
            )
        )
    parts.append(
        element("text", xlabel, x=(_LEFT + right) / 2, y=_HEIGHT - 4, text_anchor="middle")
    )
    # An inner drawing shows nothing beyond its edges.
    frame = {"x": _LEFT, "y": _TOP, "width": right - _LEFT, "height": bottom - _TOP}
    frame["viewBox"] = f"{_LEFT} {_TOP} {right - _LEFT} {bottom - _TOP}"
    curves = [_curve(line, across, down) for line in lines]
    parts.append(element("svg", *curves, style="overflow: hidden", **frame))
    drawing = element(
        "svg",
        *parts,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{title}, by {xlabel}: {'; '.join(_told(line, lines) for line in lines)}.",
    )
    return element("figure", element("h3", title), drawing)


def legend(labels: Sequence[str]) -> Element:
    """Return which line is whose: the n-th label has the style n."""
    return element(
        "ul",
        *(
            element(
                "li",
                element(
                    "svg",
                    element("line", x1=0, x2=34, y1=6, y2=6, **_stroke(index)),
                    viewBox="0 0 34 12",
                    aria_hidden="true",
                ),
                label,
            )
            for index, label in enumerate(labels)
        ),
        class_="legend",
    )


def _stroke(style: int) -> dict[str, object]:
    dash = DASHES[style // len(COLOURS) % len(DASHES)]
    return {
        "class_": "line",
        "stroke": COLOURS[style % len(COLOURS)],
        "stroke_dasharray": dash,
    }


def _curve(line: Line, across, down) -> Element:
    x, y = _thinned(np.asarray(line.x, float), np.asarray(line.y, float))
    words, pen = [], "M"
    for a, b in zip(x, y, strict=True):
        if not math.isfinite(b):
            pen = "M"
            continue
        words.append(f"{pen}{across(a):.1f} {down(b):.1f}")
        pen = "L"
    alone = len(words) == 1
    # A point alone has no length; with round ends it is seen.
    path = f"{words[0]}h0" if alone else "".join(words)
    cap = {"stroke_linecap": "round", "style": "stroke-width: 7"} if alone else {}
    return element("path", element("title", line.label), d=path, **_stroke(line.style), **cap)


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest of each stretch, where there are too many points."""
    if len(x) <= _POINTS:
        return x, y
    kept = {0, len(x) - 1}
    for stretch in np.array_split(np.arange(len(x)), _POINTS // 2 - 1):
        values = y[stretch]
        if np.isfinite(values).any():
            kept |= {int(stretch[np.nanargmin(values)]), int(stretch[np.nanargmax(values)])}
    index = np.array(sorted(kept))
    return x[index], y[index]


def _x_range(xs: np.ndarray) -> tuple[float, float]:
    low, high = float(xs.min()), float(xs.max())
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _y_range(lines: Sequence[Line], ys: np.ndarray) -> tuple[float, float]:
    low, high = float(ys.min()), float(ys.max())
    if max(len(line.x) for line in lines) > 20:
        # Of each line by itself: where all of one is high, it is no outlier.
        tops = [np.quantile(finite, 0.95) for line in lines if len(finite := _finite(line.y))]
        high = max(float(max(tops)), low)
    margin = 0.08 * (high - low) or max(abs(high) * 0.05, 1e-6)
    return low - margin, high + margin


def _finite(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, float)
    return array[np.isfinite(array)]


def _ticks(low: float, high: float, whole: bool = False) -> list[float]:
    # Imported here: it takes some time that most programs need not spend.
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(_TICKS, integer=whole).tick_values(low, high)
    return [float(tick) for tick in found if low <= tick <= high]


def _label(tick: float) -> str:
    size = abs(tick)
    if size >= 1e5 or (0 < size < 1e-3):
        return f"{tick:.1e}".replace("e+0", "e").replace("e-0", "e-").replace(".0e", "e")
    return f"{tick:.6g}"


def _told(line: Line, lines: Sequence[Line]) -> str:
    """Say in words how a curve goes."""
    points = [(x, y) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y)]
    whose = f"{line.label} " if len(lines) > 1 else ""
    if not points:
        return f"{whose}has no finite value"
    (x0, y0), (x1, y1) = points[0], points[-1]
    x2, y2 = min(points, key=lambda point: point[1])
    return (
        f"{whose}{number(y0)} at {number(x0)}, {number(y1)} at {number(x1)}, "
        f"lowest {number(y2)} at {number(x2)}"
    )
