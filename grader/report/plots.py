"""Points in the plane as inline SVG: a path for each group, the same axes for plots to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.catalog import Catalog
from grader.results import Plot

WIDTH, HEIGHT, MARGIN = 420, 335, 22
MOST_POINTS = 2000
MOST_GROUPS = 40
STYLES = 4
"""Groups have a color and a shape each; from the fifth on they begin again."""
_STEPS = (1.0, 2.0, 5.0)
_TICKS = 6
LEAST_TOP = 16
"""A word above a line that is nearer to the top would be cut."""


@dataclass(frozen=True, kw_only=True)
class PlotView:
    """A plot as numbers for a template; `paths` are pairs of a style and a path's data."""

    title: str
    paths: tuple[tuple[int, str], ...]
    marks: tuple[tuple[str, str, int], ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """From data to places in the drawing, and the lines of the grid with their words."""

    low: NDArray[np.float64]
    scale: float
    vertical: tuple[tuple[str, str], ...]
    horizontal: tuple[tuple[str, str], ...]

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where data lie in the drawing. Shapes: (n, 2) -> (n, 2)."""
        moved = (values - self.low) * self.scale + MARGIN
        return np.column_stack([moved[:, 0], HEIGHT - moved[:, 1]])


def can_draw(plots: Sequence[Plot]) -> bool:
    """Whether there is something to draw: finite points, in groups that have a mark."""
    return all(
        plot.points.shape == (len(plot.groups), 2)
        and plot.marks.ndim == 2
        and plot.marks.shape[1] == 2
        and len(plot.points) > 0
        and len(plot.marks) <= MOST_GROUPS
        and np.isfinite(plot.points).all()
        and plot.groups.min() >= 0
        and plot.groups.max() < len(plot.marks)
        for plot in plots
    )


def frame(plots: Sequence[Plot]) -> Frame:
    """The axes that all the plots share: the points fill it, marks far outside do not count."""
    points = np.concatenate([plot.points for plot in plots])
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    spread = np.maximum(high - low, 1e-9)
    scale = float((room / spread).min())
    low = (low + high) / 2 - room / scale / 2
    made = Frame(low=low, scale=scale, vertical=(), horizontal=())
    ends = low + (np.array([WIDTH, HEIGHT]) - MARGIN) / scale
    xs, ys = (_ticks(low[axis] - MARGIN / scale, ends[axis]) for axis in (0, 1))
    placed_x = made.place(np.array([[x, low[1]] for x in xs]).reshape(-1, 2))[:, 0]
    placed_y = made.place(np.array([[low[0], y] for y in ys]).reshape(-1, 2))[:, 1]
    return Frame(
        low=low,
        scale=scale,
        vertical=tuple((_short(at), _word(x)) for at, x in zip(placed_x, xs, strict=True)),
        horizontal=tuple(
            (_short(at), _word(y)) for at, y in zip(placed_y, ys, strict=True) if at > LEAST_TOP
        ),
    )


def plot_view(plot: Plot, axes: Frame, texts: Catalog) -> PlotView:
    """The plot in these axes; of very many points, evenly many are left out."""
    points, groups = plot.points, plot.groups
    if len(points) > MOST_POINTS:
        kept = np.linspace(0, len(points) - 1, MOST_POINTS).astype(int)
        points, groups = points[kept], groups[kept]
    places = axes.place(points)
    count = len(plot.marks)
    paths = tuple((j % STYLES, _path(places[groups == j], j % STYLES)) for j in range(count))
    marks = []
    for j, (x, y) in enumerate(axes.place(np.nan_to_num(plot.marks, posinf=0, neginf=0))):
        inside = 0 <= x <= WIDTH and 0 <= y <= HEIGHT
        if np.isfinite(plot.marks[j]).all() and inside:
            marks.append((_short(x), _short(y), j))
    sizes = tuple(int(size) for size in np.bincount(plot.groups, minlength=count))
    return PlotView(title=texts.tell(plot.title), paths=paths, marks=tuple(marks), sizes=sizes)


def _path(places: NDArray[np.float64], style: int) -> str:
    shapes = ("h.01", "h.01", "m-2.6 2.2h5.2l-2.6-4.6z", "m-3 0h6m-3-3v6")
    return "".join(f"M{_short(x)} {_short(y)}{shapes[style]}" for x, y in places)


def _word(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two ends, at most so many as are readable."""
    rough: Any = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = next((power * f for f in _STEPS if power * f >= rough), power * 10)
    first = np.ceil(low / step)
    return [float((first + i) * step) for i in range(int((high - first * step) / step) + 1)]
